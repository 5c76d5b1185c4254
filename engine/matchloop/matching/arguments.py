"""Refuse other things than a table and labels, with how each is made."""

from __future__ import annotations

from matchloop.data.labels import Labels
from matchloop.data.records import Records
from matchloop.errors import UsageError
from matchloop.matching.backends import PreparedTable

__all__ = ["check_arguments"]


def check_arguments(records: object, labels: object = None) -> None:
    """Refuse what is neither a table nor labels, before it fails somewhere inside.

    Parameters
    ----------
    records
        What was given for a table.
    labels
        What was given for labels; None where there are none.

    Raises
    ------
    UsageError
        One of them is of another type.
    """
    if not isinstance(records, (Records, PreparedTable)):
        raise UsageError(
            f"records cannot be a {type(records).__name__}; give what read_records(table, key=...) "
            "returns for a file or a table"
        )
    if labels is not None and not isinstance(labels, Labels):
        raise UsageError(
            f"labels cannot be a {type(labels).__name__}; give what read_labels returns "
            "for a file, or Labels.of for a table"
        )
