"""The flags of a transform as a table; apart, as the web process seldom writes one."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pyarrow as pa

from matchloop.data.io import escape_formulas
from matchloop.data.io.writing import write_open
from matchloop_api.labelling.flags import Flag, flags_of
from matchloop_api.labelling.shown import shown_set
from matchloop_api.store import Transaction

__all__ = ["flags_csv", "flags_table"]

_COLUMNS = (
    "flag_set",
    "flag_reason",
    "flag_remark",
    "flag_person",
    "flag_time",
    "flag_resolved",
    "flag_reply",
    "flag_reply_person",
    "flag_reply_time",
)


def flags_table(tx: Transaction, transform_id: str, secret: bytes) -> pa.Table | None:
    """Return the flags with a line for each record, by its key; None where there are none.

    The last reply with a text is given. Values that a spreadsheet would run as a formula are
    escaped, but for the key.
    """
    key = ""
    lines: list[tuple[str, ...]] = []
    for flag in reversed(flags_of(tx, transform_id)):
        label_set = tx.label_queue.get(transform_id, flag.number)
        assert label_set is not None
        opinion = tx.label_queue.opinion(transform_id, flag.number, flag.person)
        shown = shown_set(label_set, opinion, secret)
        at = shown.contents.table.key
        key = shown.contents.table.columns[at]
        facts = _facts(flag)
        for row in shown.rows:
            if row.token in flag.tokens:
                lines += [(str(cells[at]), *facts) for cells in row.rows]
    if not lines:
        return None
    texts = [pa.array(column, pa.string()) for column in zip(*lines, strict=True)]
    return escape_formulas(pa.table(texts, names=[key, *_COLUMNS]), keep=(key,))


def flags_csv(tx: Transaction, transform_id: str, secret: bytes) -> bytes | None:
    """Return the flags as a CSV file; None where there are none."""
    table = flags_table(tx, transform_id, secret)
    if table is None:
        return None
    written = BytesIO()
    write_open(table, written, "csv", "flags.csv")
    return written.getvalue()


def _facts(flag: Flag) -> tuple[str, ...]:
    reply = next((item for item in reversed(flag.replies) if item["text"]), None)
    replied = ("", "", "")
    if reply is not None:
        replied = (reply["text"], reply["person"], _time(reply["at"]))
    return (
        str(flag.number),
        flag.reason or "note",
        flag.remark,
        flag.person,
        _time(int(flag.at.timestamp() * 1000)),
        "yes" if flag.is_resolved else "no",
        *replied,
    )


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
