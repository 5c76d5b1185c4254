"""Stand-ins from a fixed list for missing values: n/a, unknown, a dash.

Two records with "n/a" agree on nothing. Read as a value, such a word is what most pairs of a table
agree on, and the prior model takes it for the sign of a match.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.text.arrays import as_text

__all__ = ["without_placeholders"]

ALWAYS = pa.array(
    [
        *(mark * times for mark in "-\u2013\u2014._/*#?" for times in (1, 2, 3)),
        *("-" * times for times in range(4, 11)),
        *("n/a", "n.a.", "n.a", "n. a.", "#n/a", "<na>", "n/d", "n.d.", "n. d.", "\\n", "(null)"),
        *(f"#{error}" for error in ("ref!", "value!", "div/0!", "name?", "null!", "num!", "nv")),
        *("#wert!", "#bezug!", "#valeur!", "#valor!", "#nombre?", "#zahl!", "#nom?", "#nome?"),
        *("<null>", "unknown", "<unknown>", "undefined", "unspecified", "missing"),
        *(f"not {word}" for word in ("available", "applicable", "known", "given", "provided")),
        *("not specified", "not recorded", "no data", "no value", "no information", "no entry"),
        *("k.a.", "k. a.", "keine angabe", "keine angaben", "unbekannt", "inconnu", "inconnue"),
        *("non disponible", "desconocido", "desconocida", "sin datos", "sconosciuto"),
        *("sconosciuta", "onbekend", "desconhecido", "desconhecida"),
    ]
)
"""Words that are always stand-ins."""

IF_FREQUENT = pa.array(["na", "nan", "null", "none", "nil", "unk", "unk."])
"""Words that may be names, and are stand-ins where many rows have them."""

LONGEST = 24
"""Bytes of the longest value to check."""

FREQUENT = 0.01
"""Least share of a column's values with such a word, so that it is a stand-in (a convention)."""


def without_placeholders(values: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Return a column as text, null in place of stand-ins.

    Parameters
    ----------
    values
        A column of any type that can be cast to text, shape (records,).

    Returns
    -------
    pa.StringArray
        Shape (records,); other values are unchanged.
    """
    text = as_text(values)
    if len(text) == text.null_count:
        return text
    short = np.asarray(pc.fill_null(pc.less_equal(pc.binary_length(text), LONGEST), False))
    word = pc.utf8_lower(pc.utf8_trim_whitespace(text.filter(pa.array(short))))
    is_missing = pc.is_in(word, ALWAYS)
    many = max(2.0, FREQUENT * (len(text) - text.null_count))
    seen = pc.value_counts(word.filter(pc.is_in(word, IF_FREQUENT)))
    frequent = seen.field("values").filter(pc.greater_equal(seen.field("counts"), many))
    if len(frequent):
        is_missing = pc.or_(is_missing, pc.is_in(word, frequent))
    if not pc.any(is_missing).as_py():
        return text
    short[short] = np.asarray(is_missing)
    return pc.if_else(pa.array(short), pa.scalar(None, pa.string()), text)
