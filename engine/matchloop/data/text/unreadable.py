"""Values that were lost in decoding: replacement characters, runs of question marks.

Two lost names are equal as text although they have nothing in common.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.text.arrays import as_text

__all__ = ["without_unreadable"]

_MOJIBAKE = "\u00ef\u00bf\u00bd"  # the UTF-8 bytes of U+FFFD, decoded as Latin-1
_MARKS = (b"\xef\xbf\xbd", b"??", _MOJIBAKE.encode())
_LOST = r"\x{FFFD}|\x{EF}\x{BF}\x{BD}|\?\?+"
_ALONE = r"\x{FFFD}|\?"
_REST = r"[\x{FFFD}?\s\pP\pS]"


def without_unreadable(values: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Return a column as text, null where most of a value was lost in decoding.

    Parameters
    ----------
    values
        A column of any type that can be cast to text, shape (records,).

    Returns
    -------
    pa.StringArray
        Shape (records,). A value is lost where it has more replacement characters than other
        letters and digits. Replacement characters are U+FFFD, also decoded twice, and ``?`` in
        runs. Other values are unchanged.

    Examples
    --------
    >>> without_unreadable(pa.array(["Anne?", "?????", "?????r"])).to_pylist()
    ['Anne?', None, None]
    """
    text = as_text(values)
    data = text.buffers()[2]
    raw = b"" if data is None else data.to_pybytes()
    if not any(mark in raw for mark in _MARKS):
        return text
    suspect = pc.fill_null(pc.match_substring_regex(text, _LOST), False)
    if not pc.any(suspect).as_py():
        return text
    written = pc.replace_substring(text.filter(suspect), _MOJIBAKE, "\ufffd")
    lost = pc.count_substring_regex(written, _ALONE)
    readable = pc.utf8_length(pc.replace_substring_regex(written, _REST, ""))
    is_lost = np.asarray(suspect).copy()
    is_lost[is_lost] = np.asarray(pc.greater(lost, readable))
    return pc.if_else(pa.array(is_lost), pa.scalar(None, pa.string()), text)
