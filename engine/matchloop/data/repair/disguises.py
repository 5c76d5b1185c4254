"""Recognize keys that a spreadsheet has changed, by the readings they share with the original.

A text is read in every way in which a program may have read it: as text, as a number, as a number
shown with few digits, as a date. If a reading of a text in the file is also a reading of a key, the
key may have become the text.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from matchloop.data.repair.grid import trimmed

__all__ = ["cleaned", "names_of_kind", "readings"]

Token = tuple[str, ...]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SCIENTIFIC = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*[eE]\s*([+-]?\d{1,3})")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([,.' \u00a0\u202f\u2019])\d{3})(?:\1\d{3})*")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_DIGITS_SHOWN = (1, 2, 3, 4, 5, 6)  # digits of 1.2E+05 and the like in narrow cells
_EXACT_DIGITS = 15  # digits that a spreadsheet stores of a number
_EPOCH = date(1899, 12, 30)  # day 0 of serial dates in spreadsheets


def cleaned(text: str) -> str:
    """Remove spaces, characters without width, and marks that make a spreadsheet keep text."""
    text = trimmed(text)
    forced = re.fullmatch(r'="?(.*?)"?', text)
    if forced and text.startswith('="'):
        text = forced.group(1)
    if text.startswith("'") and len(text) > 1:
        text = text[1:]
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return trimmed(text)


def readings(text: str, *, as_key: bool = False) -> set[Token]:
    """Return every reading of a text, as tokens that a key and its changed forms share.

    Parameters
    ----------
    text
        A key of the table, or a text of the file.
    as_key
        Whether the text is a key, which may have been shown with fewer digits.
    """
    text = cleaned(text)
    out: set[Token] = {("text", _folded(text)), ("squeezed", re.sub(r"\s+", "", _folded(text)))}
    with contextlib.suppress(UnicodeError):
        out.add(("text", _folded(text.encode("cp1252").decode())))
    for number in _numbers(text):
        out.add(("number", _plain(number)))
    out.update(_shown(text, as_key))
    out.update(_dates(text))
    time = re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2})(?:\.0+)?)?(?:\s*([AaPp])[Mm])?", text)
    if time:
        hours = int(time[1]) % 12 + 12 * (time[4] in "Pp") if time[4] else int(time[1])
        out.add(("time", str(hours), time[2], time[3] or "00"))
    return out


def names_of_kind(text: str) -> str:
    """Return how a key seems to have changed: ``number``, ``rounded``, ``date``, or "" for none."""
    text = cleaned(text)
    if _SCIENTIFIC.fullmatch(text):
        return "rounded"
    if re.fullmatch(r"\d+[.,]0+", text):
        return "number"
    if re.fullmatch(r"\d{1,2}-[A-Za-z]{3}|[A-Za-z]{3}-\d{2}", text) or re.fullmatch(
        r"\d{4}-\d\d-\d\d 00:00:00", text
    ):
        return "date"
    return ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _numbers(text: str) -> set[Decimal]:
    out: set[Decimal] = set()
    candidates = [text]
    grouped = _THOUSANDS.fullmatch(text.replace("\u00a0", " "))
    if grouped:
        candidates.append(re.sub(r"[^\d+-]", "", text))
    grouped_decimals = re.fullmatch(r"([+-]?\d{1,3}(?:,\d{3})+)(\.\d+)", text)
    if grouped_decimals:
        candidates.append(grouped_decimals[1].replace(",", "") + grouped_decimals[2])
    for candidate in candidates:
        if _PLAIN.fullmatch(candidate) or _SCIENTIFIC.fullmatch(candidate):
            try:
                number = Decimal(re.sub(r"\s", "", candidate).replace(",", "."))
            except InvalidOperation:
                continue
            if number == 0 or -300 < number.adjusted() < 300:
                out.add(number)
    return out


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).removeprefix("+") or "0"


def _shown(text: str, as_key: bool) -> Iterator[Token]:
    """Yield the tokens of numbers shown with few digits, and of those cut after fifteen."""
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        digits = re.sub(r"\D", "", scientific[1])
        value = Decimal(scientific[1].replace(",", ".")).scaleb(int(scientific[2]))
        for count in {len(digits), max(6, len(digits))}:
            yield "shown", str(count), _rounded(value, count)
        return
    if re.fullmatch(r"[+-]?\d+(?:[.,]0+)?", text):
        value = Decimal(re.split("[.,]", text)[0])
        length = value.adjusted() + 1 if value else 1
        if as_key and length >= 5:
            for count in _DIGITS_SHOWN:
                yield "shown", str(count), _rounded(value, count)
        if as_key and length >= 12:
            for count in range(7, _EXACT_DIGITS):
                yield "shown", str(count), _rounded(value, count)
        if length > _EXACT_DIGITS:
            yield "cut", _plain(value)[:_EXACT_DIGITS], str(length)
            yield "shown", str(_EXACT_DIGITS), _rounded(value, _EXACT_DIGITS)


def _rounded(value: Decimal, digits: int) -> str:
    return format(value, f".{digits - 1}e").lower()


def _dates(text: str) -> Iterator[Token]:
    lowered = text.casefold()
    parts = re.findall(r"\d+|[a-z]+", lowered)
    if re.fullmatch(r"\d{4}-\d\d?-\d\d?[ t]00:00(:00(\.0+)?)?z?", lowered):
        parts = parts[:3]
    elif not re.fullmatch(r"[\d]+[-/. ]?[a-z]*[-/. ]?\d*|[a-z]+[-/. ]?\d+|[\d/.\- ]+", lowered):
        return
    if re.fullmatch(r"[2-6]\d{4}", lowered):
        day = _EPOCH + timedelta(days=int(lowered))
        yield from _full(day.year, day.month, day.day)
        return
    month = [_month(part) for part in parts]
    if len(parts) == 2:
        yield from _two(parts, month)
    elif len(parts) == 3:
        yield from _three(parts, month)


def _month(part: str) -> int:
    if part.isdigit() or len(part) < 3:
        return 0
    if part[:3] not in _MONTHS or not re.fullmatch(
        r"jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?"
        r"|oct(ober)?|nov(ember)?|dec(ember)?",
        part,
    ):
        return 0
    return _MONTHS.index(part[:3]) + 1


def _two(parts: list[str], month: list[int]) -> Iterator[Token]:
    for named, other in ((0, 1), (1, 0)):
        if month[named] and parts[other].isdigit():
            yield from _day_or_year(month[named], parts[other])
            return
    if all(part.isdigit() for part in parts):
        for first, second in (parts, parts[::-1]):
            if 1 <= int(first) <= 12:
                yield from _day_or_year(int(first), second)


def _day_or_year(month: int, other: str) -> Iterator[Token]:
    number = int(other)
    if 1 <= number <= 31 and len(other) <= 2:
        yield "day", str(month), str(number)
    if len(other) == 2 or len(other) == 4:
        yield "month", str(month), str(number % 100)


def _three(parts: list[str], month: list[int]) -> Iterator[Token]:
    if sum(part.isdigit() for part in parts) + sum(map(bool, month)) < 3:
        return
    numbers = [month[at] or int(part) for at, part in enumerate(parts)]
    orders = ((0, 1, 2),) if len(parts[0]) == 4 else ((2, 1, 0), (2, 0, 1))
    for year, month_at, day in orders:
        if any(month) and not month[month_at]:
            continue
        if 1 <= numbers[month_at] <= 12 and 1 <= numbers[day] <= 31:
            yield from _full(numbers[year], numbers[month_at], numbers[day])


def _full(year: int, month: int, day: int) -> Iterator[Token]:
    yield "full", str(year % 100), str(month), str(day)
    yield "day", str(month), str(day)
    if day == 1:
        yield "month", str(month), str(year % 100)
