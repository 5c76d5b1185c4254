"""Decode the bytes of a file to text, with the words of the table to tell encodings apart."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Set

from matchloop.data.repair.finding import Status
from matchloop.data.repair.grid import Grid

__all__ = ["CANDIDATES", "decode", "unpacked"]

CANDIDATES = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1257",
    "mac_roman",
    "cp850",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
)
"""Encodings to try on a line that is not UTF-8, the most frequent first."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_FIELDS = re.compile(r'[,;\t|"\r\n]+')


def unpacked(data: bytes, grid: Grid) -> bytes:
    """Decompress gzip, which a reader of labels does not."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        plain = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        grid.refused("compressed", f"the file is gzip and damaged: {error}; save it anew")
        return b""
    grid.note("compressed", Status.REPAIRED, "the file was compressed with gzip")
    return plain


def decode(data: bytes, grid: Grid, words: Set[str] = frozenset()) -> str:
    """Decode the bytes of a text file.

    Parameters
    ----------
    data
        The whole file.
    grid
        Grid that collects the findings.
    words
        Values of the table that are not plain ASCII, to tell encodings apart.
    """
    text = _wide(data, grid)
    if text is None:
        if data.startswith(b"\xef\xbb\xbf"):
            grid.note("mark", Status.REPAIRED, "a byte order mark stood at the start", row=1)
            data = data[3:]
        text = _by_line(data, grid, words)
    return _without_marks(_with_plain_ends(text, grid), grid)


def _wide(data: bytes, grid: Grid) -> str | None:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and len(data) > 3:
        sample = data[:2000]
        if sample[1::2].count(0) > 0.4 * len(sample[1::2]):
            encoding = "utf-16-le"
        elif sample[0::2].count(0) > 0.4 * len(sample[0::2]):
            encoding = "utf-16-be"
    if encoding is None:
        return None
    text = data.decode(encoding, "replace")
    lost = text.count("\ufffd")
    status = Status.OPEN if lost else Status.REPAIRED
    suffix = f", and {lost} characters could not be read" if lost else ""
    grid.note(
        "encoding", status, f"the file was not UTF-8{suffix}", found=encoding, expected="UTF-8"
    )
    return text.removeprefix("\ufeff")


def _by_line(data: bytes, grid: Grid, table_words: Set[str]) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    lines = re.split(rb"(?<=\n)|(?<=\r)(?!\n)", data)
    foreign: list[int] = []
    out: list[str] = []
    for number, line in enumerate(lines):
        try:
            out.append(line.decode())
        except UnicodeDecodeError:
            foreign.append(number)
            out.append("")
    encoding, certain = _encoding([lines[number] for number in foreign], table_words)
    also = any(not line.isascii() for line in out)
    for number in foreign:
        out[number] = lines[number].decode(encoding, "replace")
        words = [word for word in _FIELDS.split(out[number]) if not word.isascii()]
        sure = certain and "\ufffd" not in out[number]
        grid.note(
            "encoding_mixed" if also else "encoding",
            Status.REPAIRED if sure else Status.OPEN,
            f"the line is not UTF-8 and was read as {encoding}"
            + ("" if sure else ", which nothing confirms; check its letters"),
            row=number + 1,
            found=", ".join(words),
            expected="UTF-8",
        )
    return "".join(out)


def _encoding(lines: list[bytes], table_words: Set[str]) -> tuple[str, bool]:
    """Return the encoding that gives most words of the table, and whether it is certain."""
    right: dict[str, int] = {}
    total: dict[str, int] = {}
    for encoding in CANDIDATES:
        try:
            text = b"\n".join(lines).decode(encoding)
        except UnicodeDecodeError:
            continue
        words = [word.strip() for word in _FIELDS.split(text) if not word.isascii()]
        right[encoding] = sum(word in table_words for word in words)
        total[encoding] = len(words)
    if not right:
        return "cp1252", False
    best = max(right, key=lambda name: right[name])  # the most frequent encoding among equals
    texts = {
        b"\n".join(lines).decode(name)
        for name in right
        if right[name] == right[best] and right[name]
    }
    return best, right[best] > 0 and right[best] >= 0.5 * total[best] and len(texts) == 1


def _with_plain_ends(text: str, grid: Grid) -> str:
    if "\r" not in text:
        return text
    plain = text.replace("\r\n", "\n")
    alone = plain.count("\r")
    if alone and not plain.count("\n"):
        grid.note("line_ends", Status.REPAIRED, "lines ended in CR alone", expected="LF")
        return plain.replace("\r", "\n")
    return plain


def _without_marks(text: str, grid: Grid) -> str:
    for mark, kind, message in (
        ("\ufeff", "mark", "a byte order mark stood inside the file"),
        ("\x00", "zero_byte", "a zero byte stood in the row"),
    ):
        if mark in text:
            for number, line in enumerate(text.split("\n"), start=1):
                if mark in line:
                    grid.note(kind, Status.REPAIRED, message, row=number)
            text = text.replace(mark, "")
    return text
