"""Examine a table file: how to read it, which rows are unreadable, which values are damaged."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.files import files_at
from matchloop.data.io import read_table
from matchloop.data.io.csv import BadRow
from matchloop.data.io.decoding import decode
from matchloop.data.io.delimiters import recognize_delimiter
from matchloop.data.io.layouts import RECOGNIZED, Layout
from matchloop.data.labels.plain import INVISIBLE
from matchloop.data.repair.doctor import Diagnosis, other_format
from matchloop.data.repair.finding import Finding, Status
from matchloop.data.repair.grid import is_blank
from matchloop.data.repair.heading import LABEL_NAMES, SET_NAMES, TITLE_ROWS, plain_name
from matchloop.data.repair.parsing import record_at
from matchloop.data.text import as_text
from matchloop.errors import TableError, counted

__all__ = ["examine_table", "is_labelling_file"]

# only letters and marks of western languages, as other pairs of characters also occur on purpose
_TWICE = re.compile("\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00c2[\u00a0-\u00bf]|\u00e2\u20ac.")
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_AROUND = rf"^[\s\x{{A0}}{INVISIBLE}]+|[\s\x{{A0}}{INVISIBLE}]+$"
_KEYS_SHOWN = 5  # repeated keys that a message lists (a convention)


def is_labelling_file(data: bytes) -> bool:
    """Return whether the head of a file names a column of labels or of set ids."""
    if data[:4] == b"PK\x03\x04":
        from matchloop.data.repair.sheets import holds_labels

        return holds_labels(data)
    head = data[: 1 << 16].replace(b"\x00", b"").decode("latin-1")
    cells = re.split(r'[,;\t|"\r\n]', "\n".join(head.splitlines()[:TITLE_ROWS]))
    return any(plain_name(cell) in SET_NAMES | LABEL_NAMES for cell in cells)


def examine_table(file: str, *, key: str | None = None, layout: Layout = RECOGNIZED) -> Diagnosis:
    """Examine a table and repair it where the repair is certain.

    Parameters
    ----------
    file
        Path of the table, in any supported format.
    key
        The column that identifies a record, to find gaps and repeats in it.
    layout
        Encoding, delimiter and sheet, where they cannot be recognized.

    Returns
    -------
    Diagnosis
        Findings and the repaired table, as text. Its counts include the rows that were left out.

    Raises
    ------
    MatchloopError
        The file does not exist, or ``layout`` does not fit it.
    """
    notes: list[str] = []
    findings: list[Finding] = []
    left_out = 0
    with files_at(file).open_input(file) as opened:
        head = opened.read(1 << 10)
    refused = None if head.startswith(b"PAR1") else other_format(head)
    if refused is not None:
        return _unreadable(findings, "format", f"the file is {refused}")
    try:
        table = read_table(file, notes=notes, layout=layout)
    except BadRow:
        table, left_out = _readable_rows(file, layout, findings)
    except TableError as error:
        return _unreadable(findings, "unreadable", _without_path(str(error), file))
    if table.num_rows == 0:
        return _unreadable(findings, "empty", "the file has no records below its header")
    findings = [*(Finding("reading", Status.REPAIRED, note) for note in notes), *findings]
    table = _named(table, findings)
    for at, name in enumerate(table.column_names):
        if not pa.types.is_string(table.column(at).type):
            continue
        column = as_text(table.column(at))
        for kind, message, mend in _REPAIRS:
            column = _mended(column, name, kind, message, mend, findings)
        table = table.set_column(at, name, column)
    if key is not None:
        _check_key(table, key, findings)
    counts = {"kept": table.num_rows, "repeated": 0, "left_out": left_out}
    return Diagnosis(tuple(findings), table, table.num_rows + left_out, counts)


def _unreadable(findings: list[Finding], kind: str, message: str) -> Diagnosis:
    findings.append(Finding(kind, Status.OPEN, message))
    return Diagnosis(tuple(findings), None, 0, {"kept": 0, "repeated": 0, "left_out": 0})


def _readable_rows(file: str, layout: Layout, findings: list[Finding]) -> tuple[pa.Table, int]:
    """Return the rows with as many values as the header, and the number of other rows."""
    with files_at(file).open_input(file) as opened:
        data = opened.read()
    try:
        text = data.decode("utf-8-sig") if layout.encoding is None else data.decode(layout.encoding)
    except UnicodeDecodeError:
        text, way, _ = decode(data, file, layout.encoding)
        findings.append(Finding("encoding", Status.REPAIRED, way, expected="UTF-8"))
    text = io.StringIO(text, newline=None).read()
    delimiter = layout.delimiter or recognize_delimiter(text, is_whole=True, usual=",", name=file)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    header: list[str] = []
    rows: list[list[str]] = []
    at = left_out = 0
    while at < len(lines):
        number = at + 1
        cells, at, problem = record_at(lines, at, delimiter, len(header))
        if is_blank(cells):
            continue
        if not header:
            header = cells
            continue
        if len(cells) > len(header) and is_blank(cells[len(header) :]):
            cells = cells[: len(header)]
        if len(cells) != len(header):
            message = f"the row has another number of values than the header, {len(header)}"
            message += "; it was left out"
            shown = delimiter.join(cells)
            findings.append(Finding("row_values", Status.OPEN, message, number, found=shown))
            left_out += 1
            continue
        if problem:
            message = "a quote stands inside a value that is not quoted; it was kept as it is"
            findings.append(Finding("quote", Status.REPAIRED, message, number))
        rows.append(cells)
    columns = [
        pa.array([row[place] or None for row in rows], pa.string()) for place in range(len(header))
    ]
    return pa.Table.from_arrays(columns, names=header), left_out


def _named(table: pa.Table, findings: list[Finding]) -> pa.Table:
    names = [re.sub(_AROUND.replace(r"\x{A0}", "\u00a0"), "", name) for name in table.column_names]
    for old, new in zip(table.column_names, names, strict=True):
        if old != new:
            message = "spaces around the name of a column were removed"
            findings.append(Finding("name", Status.REPAIRED, message, column=new, found=old))
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        message = "several columns have this name; give each one its own"
        findings.append(Finding("column_twice", Status.OPEN, message, column=name, found=name))
    return table.rename_columns(names)


def _mended(
    column: pa.StringArray,
    name: str,
    kind: str,
    message: str,
    mend: Callable[[pa.StringArray], pa.StringArray],
    findings: list[Finding],
) -> pa.StringArray:
    mended = mend(column)
    changed = pc.fill_null(pc.not_equal(column, mended), False)
    count = pc.sum(changed).as_py() or 0
    if count:
        first = pc.index(changed, True).as_py()
        are = f"{count:,} values" if count > 1 else "1 value"
        findings.append(
            Finding(
                kind,
                Status.REPAIRED,
                f"column {name!r}: {message}, {are}",
                column=name,
                found=column[first].as_py(),
                proposed=mended[first].as_py(),
            )
        )
    return pc.if_else(pc.equal(mended, ""), pa.scalar(None, pa.string()), mended)


def _decoded_once(column: pa.StringArray) -> pa.StringArray:
    """Decode text that was UTF-8 and read as cp1252, where the bytes are valid UTF-8."""
    suspect = pc.fill_null(
        pc.match_substring_regex(column, "[\u00c2\u00c3\u00e2][^\\x00-\\x7f]"), False
    )
    if not pc.any(suspect).as_py():
        return column
    hard = column.filter(suspect).to_pylist()
    written = pa.array([_TWICE.sub(_once, value) for value in hard], pa.string())
    return pc.replace_with_mask(column, suspect, written)


def _once(match: re.Match[str]) -> str:
    try:
        raw = b"".join(
            letter.encode("latin-1") if letter < "\u0100" else letter.encode("cp1252")
            for letter in match[0]
        )
        return raw.decode()
    except UnicodeError:
        return match[0]


_REPAIRS: tuple[tuple[str, str, Callable[[pa.StringArray], pa.StringArray]], ...] = (
    ("encoded_twice", "UTF-8 that was read in another encoding", _decoded_once),
    (
        "control",
        "control characters removed",
        lambda column: pc.replace_substring_regex(column, _CONTROL, ""),
    ),
    (
        "spaces",
        "spaces around a value removed",
        lambda column: pc.replace_substring_regex(column, _AROUND, ""),
    ),
)


def _check_key(table: pa.Table, key: str, findings: list[Finding]) -> None:
    if key not in table.column_names:
        message = f"there is no key column {key!r}"
        listed = ", ".join(table.column_names)
        findings.append(Finding("key_missing", Status.OPEN, message, column=key, found=listed))
        return
    keys = as_text(table.column(key))
    if keys.null_count:
        message = f"the key column {key!r} has no value in {counted(keys.null_count, 'row')}"
        findings.append(Finding("key_empty", Status.OPEN, message, column=key))
    counts = pc.value_counts(keys.drop_null())
    twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        message = f"the key column {key!r} repeats {counted(len(twice), 'value')}"
        shown = ", ".join(twice.slice(0, _KEYS_SHOWN).to_pylist())
        findings.append(Finding("key_twice", Status.OPEN, message, column=key, found=shown))


def _without_path(message: str, file: str) -> str:
    return re.sub(rf"^{re.escape(file)}(: |, )?", "", message)
