"""Agreement: several people who labelled the same sets, compared, weighed and put together."""

from matchloop.quality.agreement.answers import AnsweredSet, Answers, by_column, gather
from matchloop.quality.agreement.chance import alpha, coincidences, kappa
from matchloop.quality.agreement.consensus import Consensus, best_grouping
from matchloop.quality.agreement.intervals import Figure
from matchloop.quality.agreement.partitions import adjusted_rand, bcubed
from matchloop.quality.agreement.people import CONSENSUS, Agreement, Between, Guess, compare_people
from matchloop.quality.agreement.quality import PersonQuality
from matchloop.quality.agreement.skill import Skills, dawid_skene

__all__ = [
    "CONSENSUS",
    "Agreement",
    "AnsweredSet",
    "Answers",
    "Between",
    "Consensus",
    "Figure",
    "Guess",
    "PersonQuality",
    "Skills",
    "adjusted_rand",
    "alpha",
    "bcubed",
    "best_grouping",
    "by_column",
    "coincidences",
    "compare_people",
    "dawid_skene",
    "gather",
    "kappa",
]
