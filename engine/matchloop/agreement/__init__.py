"""Agreement: several people who labelled the same sets, compared, weighed and put together."""

from matchloop.agreement.answers import AnsweredSet, Answers, by_column, gather
from matchloop.agreement.chance import alpha, coincidences, kappa
from matchloop.agreement.consensus import Consensus, best_grouping
from matchloop.agreement.intervals import Figure
from matchloop.agreement.partitions import adjusted_rand, bcubed
from matchloop.agreement.people import CONSENSUS, Agreement, Between, Guess, compare_people
from matchloop.agreement.quality import PersonQuality
from matchloop.agreement.skill import Skills, dawid_skene

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
