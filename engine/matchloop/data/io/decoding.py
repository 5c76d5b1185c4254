"""Decode a text file that is not UTF-8, as a whole or only the lines that are not."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from matchloop.data.io.encoding import OpenFile
from matchloop.data.io.recognition import Recognized, recognize
from matchloop.errors import TableError, UsageError

__all__ = ["decode", "in_memory", "wide_encoding"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZEROS = 0.4
_LINES_NAMED = 3
_EAST_ASIAN = ("cp932", "gb18030", "big5", "euc_kr", "euc_jp")
"""Encodings that are named where no other fits; which of them it is takes a reader."""

_EXCERPT = 12
_NAMES = {"utf-16": "UTF-16", "utf-32": "UTF-32", "utf-8": "UTF-8", "mac_roman": "Mac Roman"}
_NAMES |= {f"iso8859_{part}": f"ISO 8859-{part}" for part in (2, 5, 7)}


def in_memory(text: str) -> OpenFile:
    """Return a function that opens a text as a UTF-8 file."""
    data = text.encode()

    @contextmanager
    def open_file() -> Iterator[BinaryIO]:
        yield cast(BinaryIO, io.BytesIO(data))

    return open_file


def wide_encoding(head: bytes) -> str | None:
    """Return the encoding of a file with two or four bytes a character, None for others."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) > 3:
        sample = head[:2000]
        for encoding, zeros, letters in (
            ("utf-16-le", sample[1::2], sample[0::2]),
            ("utf-16-be", sample[0::2], sample[1::2]),
        ):
            if zeros.count(0) > _ZEROS * len(zeros) and letters.count(0) == 0:
                return encoding
    return None


def decode(data: bytes, name: str, encoding: str | None) -> tuple[str, str, str]:
    """Decode a file.

    Parameters
    ----------
    data
        The file.
    name
        What messages call it.
    encoding
        Its encoding where it is known.

    Returns
    -------
    tuple
        The text; a sentence on its encoding; and the encoding in which it can be written back,
        UTF-8 for a file of mixed lines.

    Raises
    ------
    TableError
        The bytes are not of the encoding, or it cannot be recognized with certainty.
    UsageError
        The file is UTF-8, and another encoding was named.
    """
    if encoding is not None:
        return _as_named(data, name, encoding), f"read as {_shown(encoding)}", encoding
    wide = wide_encoding(data)
    if wide is not None:
        return (
            _as_named(data, name, wide),
            "read as UTF-16" if "16" in wide else "read as UTF-32",
            ("utf-16" if "16" in wide else "utf-32"),
        )
    return _by_line(data, name)


def _as_named(data: bytes, name: str, encoding: str) -> str:
    plain = codecs.lookup(encoding).name
    if plain not in ("utf-8", "utf-8-sig") and not plain.startswith(("utf-16", "utf-32")):
        try:
            data.decode()
        except UnicodeDecodeError:
            pass
        else:
            if not data.isascii():
                raise UsageError(
                    f"{name} is UTF-8 and --encoding {encoding} was given; leave the option out"
                )
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"{name}, line {line}: byte 0x{data[error.start]:02x} is not {_shown(encoding)}; name "
            "another encoding with --encoding"
        ) from None


def _by_line(data: bytes, name: str) -> tuple[str, str, str]:
    data = data.removeprefix(codecs.BOM_UTF8)
    lines = data.splitlines(keepends=True)
    foreign = []
    is_mixed = False
    for number, line in enumerate(lines):
        if line.isascii():
            continue
        try:
            line.decode()
            is_mixed = True
        except UnicodeDecodeError:
            foreign.append(number)
    recognized = recognize(b"".join(lines[number] for number in foreign))
    if recognized.encoding is None or not recognized.is_certain:
        raise _unrecognized(name, lines[foreign[0]], foreign[0] + 1, recognized, data)
    shown = _shown(recognized.encoding)
    if not is_mixed:
        return data.decode(recognized.encoding), f"read as {shown}", recognized.encoding
    for number in foreign:
        lines[number] = lines[number].decode(recognized.encoding).encode()
    listed = ", ".join(str(number + 1) for number in foreign[:_LINES_NAMED])
    more = len(foreign) - _LINES_NAMED
    if more > 0:
        which = f"lines {listed} and {more:,} more are"
    else:
        which = f"lines {listed} are" if len(foreign) > 1 else f"line {listed} is"
    return b"".join(lines).decode(), f"{which} {shown}, the others UTF-8", "utf-8"


def _unrecognized(
    name: str, line: bytes, number: int, recognized: Recognized, data: bytes
) -> TableError:
    byte = next(value for value in line if value >= 0x80)
    where = f"{name}, line {number}: byte 0x{byte:02x} is not UTF-8"
    if recognized.encoding is None or recognized.rival is None:
        readings = _east_asian(data, line)
        if readings:
            return TableError(
                f"{where}; it may be {' or '.join(readings.values())}: name the encoding with "
                + " or ".join(f"--encoding {encoding}" for encoding in readings)
            )
        return TableError(
            f"{where}, and its encoding is not recognized; save the file as UTF-8, or name its "
            "encoding with --encoding"
        )
    return TableError(
        f"{where}; it may be {recognized.word!r} in {_shown(recognized.encoding)} or "
        f"{recognized.rival_word!r} in {_shown(recognized.rival)}: name the encoding with "
        f"--encoding {recognized.encoding} or --encoding {recognized.rival}"
    )


def _east_asian(data: bytes, line: bytes) -> dict[str, str]:
    """Return the start of a line in each encoding that reads the whole file as words."""
    readings = {}
    for encoding in _EAST_ASIAN:
        try:
            text = "".join(char for char in data.decode(encoding) if char > "\x7f")
            excerpt = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(char.isalnum() or unicodedata.category(char)[0] in "PSZ" for char in text):
            at = next(at for at, char in enumerate(excerpt) if char > "\x7f")
            shown = re.split(r"[,;\t|\r\n]", excerpt[at:])[0][:_EXCERPT]
            readings[encoding] = f"{shown!r} in {encoding}"
    return readings


def _shown(encoding: str) -> str:
    return _NAMES.get(encoding.replace("mac-roman", "mac_roman"), encoding)
