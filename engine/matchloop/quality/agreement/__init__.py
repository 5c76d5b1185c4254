"""Agreement: compare annotators of the same sets, estimate their quality, merge their answers."""

from matchloop.quality.agreement.annotators import (
    CONSENSUS,
    Agreement,
    Between,
    PairPrior,
    compare_annotators,
)
from matchloop.quality.agreement.answers import AnsweredSet, Answers, by_column, gather
from matchloop.quality.agreement.chance import alpha, coincidences, kappa
from matchloop.quality.agreement.consensus import Consensus, best_grouping
from matchloop.quality.agreement.intervals import Figure
from matchloop.quality.agreement.partitions import adjusted_rand, bcubed
from matchloop.quality.agreement.quality import AnnotatorQuality
from matchloop.quality.agreement.skill import Skills, dawid_skene

__all__ = [
    "CONSENSUS",
    "Agreement",
    "AnsweredSet",
    "Answers",
    "Between",
    "Consensus",
    "Figure",
    "AnnotatorQuality",
    "PairPrior",
    "Skills",
    "adjusted_rand",
    "alpha",
    "bcubed",
    "best_grouping",
    "by_column",
    "coincidences",
    "compare_annotators",
    "dawid_skene",
    "gather",
    "kappa",
]
