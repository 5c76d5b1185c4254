"""The values of a column, or of columns that move together, as codes of the members of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import parse_dates
from matchloop.data.text.numbers import plain_numbers

__all__ = ["Codes", "Field", "coded", "joined"]

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What the rules see of a column, or of columns that move together.

    Parameters
    ----------
    exact
        Shape (members,): equal, within a group, for values of the same characters; -1 where the
        value is missing.
    alike
        Shape (members,): the same for values that differ in case and spaces only, and for dates
        and numbers written in two ways.
    length
        Shape (members,): characters.
    filled
        Shape (members,): how many of the columns have a value.
    """

    exact: Codes
    alike: Codes
    length: Codes
    filled: Codes


def coded(text: pa.StringArray, kind: Kind, group: Codes) -> Field:
    """Code the values of a column.

    Parameters
    ----------
    text
        The values, null where missing.
    kind
        What the column holds.
    group
        Shape (members,): the group of each member, ascending.
    """
    present = np.asarray(text.is_valid())
    length = np.asarray(pc.utf8_length(pc.utf8_trim_whitespace(text)).fill_null(0), np.int64)
    differ = _in_groups_that_differ(text, present, group)
    codes = text.filter(pa.array(differ)).dictionary_encode()
    own = np.asarray(codes.indices, np.int64)
    # one code for each group of equal values: coding their text would take most of the time
    exact = np.where(present, group, -1)
    exact[differ] = int(group.max(initial=-1)) + 1 + own
    alike = exact.copy()
    alike[differ] = int(group.max(initial=-1)) + 1 + _alike(codes.dictionary, kind)[own]
    return Field(exact, alike, length, present.astype(np.int64))


def _in_groups_that_differ(
    text: pa.StringArray, present: NDArray[np.bool_], group: Codes
) -> NDArray[np.bool_]:
    """Tell which members have a value in a group with several."""
    rows = np.flatnonzero(present)
    if len(rows) < 2:
        return np.zeros(len(text), np.bool_)
    values, own = text.filter(pa.array(present)), group[rows]
    is_other = ~np.asarray(pc.equal(values.slice(1), values.slice(0, len(rows) - 1)))
    is_other &= own[1:] == own[:-1]
    differs = np.zeros(int(group.max()) + 1, np.bool_)
    differs[own[1:][is_other]] = True
    return np.asarray(present & differs[group])


def _alike(values: pa.StringArray, kind: Kind) -> Codes:
    """Return a number per distinct value that is equal for values that are alike."""
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    spaced = pc.match_substring_regex(plain, r"\s\s|[\t\r\n]")
    if pc.any(spaced).as_py():
        single = pc.replace_substring_regex(plain.filter(spaced), r"\s+", " ")
        plain = pc.replace_with_mask(plain, spaced, single)
    codes = np.array(plain.dictionary_encode().indices, np.int64)
    if kind is Kind.DATE:
        dates = parse_dates(values)
        has_clock = np.asarray(pc.match_substring_regex(values, r":|\d{14}"))
        _recode(codes, dates.codes(), dates.has_date & ~has_clock)
    elif kind is Kind.NUMBER:
        numbers = np.round(plain_numbers(values), 9)
        _recode(codes, numbers, np.isfinite(numbers))
    return codes


def _recode(
    codes: Codes, meaning: NDArray[np.int64] | NDArray[np.float64], is_read: NDArray[np.bool_]
) -> None:
    """Give values of one meaning one code, in place."""
    codes[is_read] = len(codes) + np.unique(meaning[is_read], return_inverse=True)[1]


def joined(fields: Sequence[Field]) -> Field:
    """Join the codes of columns that move together; missing where all of them are."""
    filled = np.sum([field.filled for field in fields], axis=0)
    return Field(
        _joined([field.exact for field in fields], filled > 0),
        _joined([field.alike for field in fields], filled > 0),
        np.sum([field.length for field in fields], axis=0),
        filled,
    )


def _joined(codes: Sequence[Codes], present: NDArray[np.bool_]) -> Codes:
    both = codes[0]
    for other in codes[1:]:
        pairs = (both + 1) * (int(other.max(initial=-1)) + 2) + other + 1
        both = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return np.where(present, both, -1)
