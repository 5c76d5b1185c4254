"""Which kind a column is, seen from its values alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import Precision, as_text, parse_dates
from matchloop.data.text.numbers import scan_numbers
from matchloop.data.text.phones import are_phones

__all__ = ["infer_kind", "is_random"]

SAMPLE = 10_000
_FEW = 500  # a sample with fewer values than this is drawn from the values that are there
_MOST = 0.8  # of the values, for patterns with typing errors in them

_RANDOM_BITS = 80  # of a value that is drawn at random: a UUID has 122, an account number 66
_RANDOM_ROWS = 20  # values from which on they can be seen to share nothing
_SHARED = 0.5  # of its length that a value shares with a neighbour if they have to do with another

_NO_VALUE = r"(?i)^[\s\pP\pS]*$|^\s*(n/?a|nan|null|none|unk(nown)?|missing)\.?\s*$"
_PLACE = r"^\s*(POINT\s*)?\(?\s*-?\d{1,3}\.\d{2,}\s*[,;\s]\s*-?\d{1,3}\.\d{2,}\s*\)?\s*$"
_MAIL = r"^\S*@\S*\.?\S+$"
_URL = r"(?i)^\s*(https?://|www\.)\S+$"
_CODE = r"^\s*\S*\d\S*\s*$"
_UNSPACED = (
    r"[\x{0E00}-\x{0EFF}\x{1000}-\x{109F}\x{1780}-\x{17FF}\x{3040}-\x{30FF}\x{3400}-\x{9FFF}]"
)


def infer_kind(column: pa.ChunkedArray | pa.Array) -> Kind:
    """Return the kind of a column, from at most 10,000 of its values; its name is not looked at.

    The first of these that fits: a date, a location, an identifier by its form (e-mail, address on
    the web, phone), a number or a code of digits, a category (few values), an identifier (one word
    with digits, few alike), a text (five words or more), else a name.
    """
    sample = sampled(column)
    if pa.types.is_boolean(sample.type):
        return Kind.CATEGORY
    if pa.types.is_date(sample.type) or pa.types.is_timestamp(sample.type):
        return Kind.DATE
    values = _present(sample)
    if len(values) == 0:
        return Kind.NAME
    if _is_date(values):
        return Kind.DATE
    if _share(values, _PLACE) >= _MOST:
        return Kind.LOCATION
    if max(_share(values, _MAIL), _share(values, _URL)) >= _MOST:
        return Kind.IDENTIFIER
    numbers = _kind_of_numbers(values)
    if numbers is not None:
        return numbers
    if are_phones(values, _MOST):
        return Kind.IDENTIFIER
    return _kind_of_words(values)


def is_random(column: pa.ChunkedArray | pa.Array) -> bool:
    """Tell whether each value of a column is drawn at random, as a UUID is, and occurs once.

    Such a column does not help to match records. A mistyped value would share a long
    beginning or a long end with the right one, so neighbours in both orders are compared.
    """
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    sample = _present(sampled(column))
    if len(sample) < _RANDOM_ROWS or not _looks_random(sample):
        return False
    values = _present(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    if len(pc.unique(values)) < len(values):
        return False
    written = pc.utf8_lower(pc.replace_substring_regex(values, r"[\s\pP\pS]", ""))
    return not (_has_neighbours(written) or _has_neighbours(pc.utf8_reverse(written)))


def _looks_random(values: pa.StringArray) -> bool:
    """Tell whether values have enough letters and digits, at every place any of them."""
    if _share(values, _CODE) < _MOST or _share(values, r"(?i)^[^\s@]+$") < 1:
        return False
    lengths = pc.utf8_length(values).to_numpy()
    length = int(np.bincount(lengths).argmax())
    if np.mean(lengths == length) < _MOST:
        return False
    alike = values.filter(pc.equal(pc.utf8_length(values), length)).slice(0, 500).to_pylist()
    bits = 0.0
    for place in zip(*(value.lower() for value in alike), strict=True):
        share = np.unique(place, return_counts=True)[1] / len(place)
        bits -= float((share * np.log2(share)).sum())
    return bits >= _RANDOM_BITS


def _has_neighbours(values: pa.StringArray) -> bool:
    """Tell whether two values begin alike for half of their length."""
    ordered = np.sort(np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.str_))
    if ordered.dtype.itemsize == 0:
        return False
    characters = ordered.view(np.uint32).reshape(len(ordered), -1)
    half = max(1, round(_SHARED * np.count_nonzero(characters[0])))
    return bool((characters[1:, :half] == characters[:-1, :half]).all(axis=1).any())


def sampled(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return up to 10,000 values at equal distances, of those that are there if they are few."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    sample = _spaced(chunks, column.type)
    if len(column) > SAMPLE and len(sample) - sample.null_count < _FEW:
        sample = _spaced([chunk.drop_null() for chunk in chunks], column.type)
    return sample


def _spaced(chunks: list[pa.Array], kind: pa.DataType) -> pa.Array:
    rows = sum(len(chunk) for chunk in chunks)
    wanted = np.arange(min(rows, SAMPLE), dtype=np.int64) * rows // max(1, min(rows, SAMPLE))
    parts = []
    start = 0
    for chunk in chunks:
        low, high = np.searchsorted(wanted, (start, start + len(chunk)))
        parts.append(chunk.take(pa.array(wanted[low:high] - start)))
        start += len(chunk)
    if pa.types.is_dictionary(kind):
        parts = [as_text(part) for part in parts]
    return pa.concat_arrays(parts) if parts else pa.array([], kind)


def _present(sample: pa.Array) -> pa.StringArray:
    text = as_text(sample).drop_null()
    return text.filter(pc.invert(pc.match_substring_regex(text, _NO_VALUE)))


def _share(values: pa.StringArray, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(values, pattern)).as_py() or 0.0)


def _is_date(values: pa.StringArray) -> bool:
    dates = parse_dates(values)
    precise = np.mean(dates.precision > Precision.YEAR)
    years = dates.years()
    likely = dates.has_date & (years >= 1500) & (years <= 2100)
    if np.mean(likely) < _MOST:
        return False
    if precise >= 0.5:
        return True
    # years alone could be any numbers of four digits: those of a table lie close together
    low, high = np.quantile(years[likely], (0.05, 0.95))
    return bool(np.mean(likely) >= 0.9 and high - low <= 250 and high >= 1900)


def _kind_of_numbers(values: pa.StringArray) -> Kind | None:
    numbers = scan_numbers(values)
    if np.mean(numbers.form == 3) >= _MOST or _has_one_tail(values, numbers.form):
        plain = np.asarray(pc.match_substring_regex(values, r"^\s*\d+\s*$"))
        if np.mean(plain) >= _MOST:
            return _kind_of_digits(values.filter(pa.array(plain)))
        if (
            are_phones(values, _MOST)
            and np.mean(numbers.unit >= 0) < 0.5
            and not _is_decimal(values)
        ):
            return Kind.IDENTIFIER
        return Kind.NUMBER
    return None


def _is_decimal(values: pa.StringArray) -> bool:
    return _share(values, r"^[^\d]*\d{1,3}([,.' ]?\d{3})*([.,]\d+)?[^\d]*$") >= _MOST


def _has_one_tail(values: pa.StringArray, form: NDArray[np.uint8]) -> bool:
    """Tell whether the values are numbers with one of a few words behind (12 reviews, 4 stars)."""
    if np.mean(form >= 2) < 0.9:
        return False
    tails = pc.utf8_lower(pc.replace_substring_regex(values, r"^[^\pL]*(\pL*).*$", r"\1"))
    return len(pc.unique(tails)) <= 8


def _kind_of_digits(values: pa.StringArray) -> Kind:
    """Tell codes (a post code, a social security number) from quantities and from categories."""
    text = pc.utf8_trim_whitespace(values)
    lengths = pc.utf8_length(text).to_numpy()
    distinct = len(pc.unique(text))
    common = int(np.bincount(lengths).argmax())
    fixed = np.mean(lengths == common) >= 0.95
    padded = np.mean(np.asarray(pc.starts_with(text, "0")) & (lengths > 1))
    if distinct <= 10 and len(values) > 5 * distinct:
        return Kind.CATEGORY
    if (common >= 4 and fixed and distinct > 20) or (common >= 3 and padded >= 0.05):
        return Kind.IDENTIFIER
    if common >= 6 and np.mean(lengths >= common - 1) >= 0.95 and distinct > len(values) / 2:
        return Kind.IDENTIFIER
    return Kind.NUMBER


def _kind_of_words(values: pa.StringArray) -> Kind:
    counts = pc.value_counts(pc.utf8_lower(pc.utf8_trim_whitespace(values)))
    distinct = len(counts)
    rows = len(values)
    words = pc.add(pc.count_substring_regex(values, r"\S+"), 0).to_numpy().astype(np.float64)
    words += pc.count_substring_regex(values, _UNSPACED).to_numpy() / 2
    long = np.mean(words) >= 5 or np.mean(pc.utf8_length(values).to_numpy()) >= 40
    if distinct <= min(100, 0.05 * rows) and np.mean(words) < 8:
        return Kind.CATEGORY
    most_common = int(pc.max(counts.field("counts")).as_py())
    varied = distinct > 20 and distinct >= 0.1 * rows and most_common <= max(3, 0.05 * rows)
    if varied and _share(values, _CODE) >= 0.7 and _share(values, r"\d.*\d") >= 0.6:
        return Kind.IDENTIFIER
    return Kind.TEXT if long else Kind.NAME
