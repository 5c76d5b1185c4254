"""Text for every stage: folded, coded as small numbers, cut into words and n-grams."""

from matchloop.data.text.arrays import LARGEST, TOO_LARGE, as_text
from matchloop.data.text.codes import Strings, encode
from matchloop.data.text.column_folding import folded_text
from matchloop.data.text.dates import NO_DATE, DateHabits, Dates, Orders, Precision, parse_dates
from matchloop.data.text.folding import fold, fold_array
from matchloop.data.text.numbers import NumberHabits, parse_numbers
from matchloop.data.text.placeholders import without_placeholders
from matchloop.data.text.stand_ins import stand_ins
from matchloop.data.text.tokens import Tokens, grams, merged, numbered, words
from matchloop.data.text.unreadable import without_unreadable

__all__ = [
    "LARGEST",
    "NO_DATE",
    "TOO_LARGE",
    "DateHabits",
    "Dates",
    "NumberHabits",
    "Orders",
    "Precision",
    "Strings",
    "Tokens",
    "as_text",
    "encode",
    "fold",
    "fold_array",
    "folded_text",
    "grams",
    "merged",
    "numbered",
    "parse_dates",
    "parse_numbers",
    "stand_ins",
    "without_placeholders",
    "without_unreadable",
    "words",
]
