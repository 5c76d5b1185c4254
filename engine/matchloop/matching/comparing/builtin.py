"""The tables of built-in comparators."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop.matching.comparing.agreement import Agreement
from matchloop.matching.comparing.alignment import Alignment
from matchloop.matching.comparing.base import Comparator, RecordComparator
from matchloop.matching.comparing.dates import Day
from matchloop.matching.comparing.digits import Digits, RecordDigits
from matchloop.matching.comparing.grams import Grams, RecordGrams
from matchloop.matching.comparing.models import Models, RecordModels
from matchloop.matching.comparing.numbers import Quantity
from matchloop.matching.comparing.places import Place
from matchloop.matching.comparing.record import Presence, RecordWords
from matchloop.matching.comparing.spelling import Endings, Spelling
from matchloop.matching.comparing.swapped import Swapped
from matchloop.matching.comparing.wording import Words

__all__ = ["BUILTIN", "GROUP", "RECORD", "RIVALS"]

GROUP = "matchloop.comparators"

BUILTIN: Mapping[str, type[Comparator]] = {
    "spelling": Spelling,
    "endings": Endings,
    "agreement": Agreement,
    "words": Words,
    "alignment": Alignment,
    "swapped": Swapped,
    "grams": Grams,
    "digits": Digits,
    "model": Models,
    "quantity": Quantity,
    "day": Day,
    "place": Place,
}
"""Comparators of a column, by name; each is used for its kinds of column."""

RECORD: tuple[type[RecordComparator], ...] = (
    RecordWords,
    RecordGrams,
    RecordDigits,
    RecordModels,
    Presence,
)
"""Comparators of whole records; each is used where the table has a column of its kinds."""

RIVALS = ("grams",)
"""Whole-record measures by which a pair competes with its rivals. Competition by words as well
gave no table a better F1 than competition by 3-grams alone."""
