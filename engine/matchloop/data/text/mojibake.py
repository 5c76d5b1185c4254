"""Values whose UTF-8 bytes were decoded as Latin-1 or Windows-1252: ``MÃ¼ller`` for ``Müller``.

The letters of one script start with the same few bytes. So two such values look similar although
they have nothing in common, and differ from the same value read correctly.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.text.arrays import as_text

__all__ = ["with_utf8_restored"]

# Windows-1252 decodes most bytes from 0x80 to 0x9f to characters above U+00FF.
_SHOWN = {
    bytes([byte]).decode("cp1252"): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BYTES = str.maketrans({shown: chr(byte) for shown, byte in _SHOWN.items()})
_NEXT = "[\u0080-\u00bf" + "".join(_SHOWN) + "]"
_LOST = "(?!\u00ef\u00bf)"  # not U+FFFD and its neighbours: a lost letter cannot be restored
_SEQUENCE = f"[\u00c2-\u00df]{_NEXT}|{_LOST}[\u00e0-\u00ef]{_NEXT}{{2}}|[\u00f0-\u00f4]{_NEXT}{{3}}"
_LOWERED = f"{_LOST}[\u00e2-\u00fe]{_NEXT}"  # where the lead byte was made a lower-case letter
_STRICT, _LOOSE = re.compile(_SEQUENCE), re.compile(f"{_SEQUENCE}|{_LOWERED}")
_FIRST = f"[\u00c2-\u00fe]{_NEXT}"

_LATIN = "\u00c2\u00c3\u00c4\u00c5\u00e2\u00e3\u00e4\u00e5"
"""Decoded lead bytes of accented Latin letters: one sequence of these is enough evidence."""


def with_utf8_restored(values: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Return a column as text, with wrongly decoded values decoded again.

    Parameters
    ----------
    values
        A column of any type that can be cast to text, shape (records,).

    Returns
    -------
    pa.StringArray
        Shape (records,). Only values change in which every non-ASCII character belongs to a valid
        UTF-8 sequence. As ``É®`` may be intended, a single sequence must encode an accented Latin
        letter. Text that was converted to lower case afterwards is restored too.

    Examples
    --------
    >>> with_utf8_restored(pa.array(["MÃ¼ller", "josã©", "Müller", "CAFÉ®"])).to_pylist()
    ['Müller', 'josé', 'Müller', 'CAFÉ®']
    """
    text = as_text(values)
    if pc.all(pc.fill_null(pc.string_is_ascii(text), True)).as_py():
        return text
    suspect = pc.fill_null(pc.match_substring_regex(text, _FIRST), False)
    if not pc.any(suspect).as_py():
        return text
    encoded = text.filter(suspect).dictionary_encode()
    restored = pa.array([_restored(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(text, np.asarray(suspect), restored.take(encoded.indices))


def _restored(value: str) -> str:
    """Decode one value again; return it unchanged where that is not possible."""
    pattern = _LOOSE if value == value.lower() else _STRICT
    sequences = pattern.findall(value)
    if len(sequences) < 2 and not any(sequence[0] in _LATIN for sequence in sequences):
        return value
    if not pattern.sub("", value).isascii():
        return value
    try:
        return pattern.sub(lambda match: _decoded(match.group()), value)
    except UnicodeDecodeError:
        return value


def _decoded(sequence: str) -> str:
    raw = sequence.translate(_BYTES).encode("latin-1")
    if len(raw) == 2 and raw[0] >= 0xE0:  # a lead byte of two-byte sequences, made lower case
        raw = bytes([raw[0] - 0x20, raw[1]])
    return raw.decode()
