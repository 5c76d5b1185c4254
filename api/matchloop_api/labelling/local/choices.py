"""How a table is read: proposed from its values, changed by the person, kept for the next time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import matchloop as ml
from matchloop.data.io.tables import IGNORE
from matchloop.data.matches import RESULTS
from matchloop.data.records import Kind, Records
from matchloop.data.text import as_text
from matchloop.errors import TableError, some

__all__ = [
    "IGNORED",
    "KINDS",
    "ROW_NUMBER",
    "Choices",
    "chosen_from",
    "keys_of",
    "numbered",
    "records_as",
    "setup_of",
    "with_key",
]

ROW_NUMBER = "row_number"
"""A column that numbers the rows, for a table that has no key."""

IGNORED, SOURCE = "ignored", "source"

KINDS = (
    *({"kind": str(kind), "title": str(kind)} for kind in Kind),
    {"kind": SOURCE, "title": "source (rows of one source never match)"},
    {"kind": IGNORED, "title": "not compared"},
)
"""Kinds that a person may choose for a column."""

SENTENCES = (
    "Two rows match when they are the same person, even after a move, a marriage or a typing "
    "error.",
    "Two rows match when they are the same company, even under another spelling or address.",
    "Two rows match when they are the same product, whoever sells it.",
)
"""Sentences that the page offers as the definition of a match."""

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Choices:
    """How a table is read.

    Parameters
    ----------
    key
        The key column, or :data:`ROW_NUMBER`.
    source
        The column whose equal values never match; None without one.
    kinds
        Kinds of columns that differ from those inferred; ``ignored`` compares nothing.
    sentence
        The definition of a match.
    """

    key: str
    source: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""

    def body(self) -> dict[str, Any]:
        """Return the choices as JSON values."""
        return {**asdict(self), "kinds": dict(self.kinds)}


_NAMED = re.compile(r"(?i)(.*[^a-z])?(id|key|nr|no|number|uuid|guid)|.*[a-z](Id|ID|Key)")
_CODE = r"^[\w.:/-]*\d[\w.:/-]*$"


def keys_of(table: pa.Table) -> list[str]:
    """Return the columns that look like a key: without gaps and repeats, and named or coded so.

    A name without repeats is no key: it would be left out of comparing. Columns named like a key
    come first, then a first column of codes.
    """
    candidates = []
    for at, name in enumerate(table.column_names):
        if name in RESULTS or table.column_names.count(name) > 1:
            continue
        is_named = bool(_NAMED.fullmatch(name.strip()))
        if (is_named or at == 0) and _is_unique(table.column(name), coded=not is_named):
            candidates.append((not is_named, at, name))
    return [name for _, _, name in sorted(candidates)]


def _is_unique(column: pa.ChunkedArray, *, coded: bool) -> bool:
    if pa.types.is_nested(column.type) or pa.types.is_floating(column.type):
        return False
    try:
        text = as_text(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(text), ""), True)
    if pc.any(blank).as_py() or len(pc.unique(text)) < len(text):
        return False
    return not coded or bool(pc.all(pc.match_substring_regex(text, _CODE)).as_py())


def numbered(table: pa.Table) -> pa.Table:
    """Return a table with a first column that numbers its rows from 1."""
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    return table.add_column(0, ROW_NUMBER, numbers)


def records_as(table: pa.Table, choices: Choices) -> Records:
    """Return the records of a table under choices.

    Raises
    ------
    MatchloopError
        The choices do not fit the table.
    """
    is_numbered = choices.key == ROW_NUMBER and ROW_NUMBER not in table.column_names
    rows = numbered(table) if is_numbered else table
    kinds = {name: IGNORE if kind == IGNORED else kind for name, kind in choices.kinds.items()}
    return ml.read_records(rows, key=choices.key, source=choices.source, kinds=kinds)


def chosen_from(values: Mapping[str, Any], before: Choices, records: Records) -> Choices:
    """Return the choices that a person sent.

    Parameters
    ----------
    values
        ``key``, ``kinds`` by column, and ``sentence``.
    before
        The choices so far.
    records
        The table under these.

    Raises
    ------
    TableError
        A kind or column is unknown.
    """
    key, kinds = values.get("key"), values.get("kinds")
    if not isinstance(key, str) or not isinstance(kinds, Mapping):
        raise TableError("the choices need 'key', a column, and 'kinds', a kind for each column")
    names = [*records.table.column_names, ROW_NUMBER]
    kinds_offered = {item["kind"] for item in KINDS}
    for name, kind in kinds.items():
        if name not in names or kind not in kinds_offered:
            raise TableError(
                f"no kind {kind!r} for the column {name!r}; known: {some(kinds_offered, 20)}"
            )
    sources = [name for name, kind in kinds.items() if kind == SOURCE and name != key]
    if len(sources) > 1:
        raise TableError(f"the columns {some(sources)} are both the source; choose one of them")
    inferred = {name: str(kind) for name, kind in records.kinds.items()}
    changed = dict(before.kinds)
    for name, kind in kinds.items():
        if name in (key, ROW_NUMBER) or kind == SOURCE:
            changed.pop(name, None)
        elif name == records.key:  # one value a row: what was the key is not compared
            changed[name] = IGNORED if kind == Kind.IDENTIFIER else kind
        elif kind != inferred.get(name, IGNORED):
            changed[name] = kind
    changed.pop(key, None)
    return Choices(key, sources[0] if sources else None, changed, str(values.get("sentence", "")))


def setup_of(
    name: str, table: pa.Table, records: Records, choices: Choices, note: str
) -> dict[str, Any]:
    """Return the content of the page before the first set: rows, kinds, keys, sentences."""
    columns = table.column_names
    sample = table.slice(0, SAMPLE)
    cells = [as_text(sample.column(column)).to_pylist() for column in columns]
    return {
        "file": name,
        "rows": table.num_rows,
        "sample": [list(row) for row in zip(*cells, strict=True)],
        "columns": [{"name": column, "kind": _kind(column, records)} for column in columns],
        "kinds": [dict(kind) for kind in KINDS],
        "keys": [*keys_of(table), *([] if ROW_NUMBER in columns else [ROW_NUMBER])],
        "key": choices.key,
        "sentence": choices.sentence,
        "sentences": list(SENTENCES),
        "note": note,
    }


def _kind(column: str, records: Records) -> str:
    if column == records.source:
        return SOURCE
    if column == records.key:
        return str(Kind.IDENTIFIER)
    return str(records.kinds.get(column, IGNORED))


def with_key(table: pa.Table, key: str | None) -> str:
    """Return the key to begin with: the one given, the first proposal, or row numbers."""
    proposals: Sequence[str] = keys_of(table)
    return key if key is not None else proposals[0] if proposals else ROW_NUMBER
