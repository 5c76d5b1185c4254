"""Why two records match, or do not: what each column adds to the probability."""

from matchloop.matching.explaining.attribution import attribute
from matchloop.matching.explaining.explanation import (
    Contribution,
    Explanation,
    explain_pair,
    explain_rows,
)
from matchloop.matching.explaining.reasons import Reason, Reasons, reasons
from matchloop.matching.explaining.words import describe, name_of

__all__ = [
    "Contribution",
    "Explanation",
    "Reason",
    "Reasons",
    "attribute",
    "describe",
    "explain_pair",
    "explain_rows",
    "name_of",
    "reasons",
]
