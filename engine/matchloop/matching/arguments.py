"""Check the types of tables and labels that callers pass."""

from __future__ import annotations

from matchloop.data.labels import Labels
from matchloop.data.records import Records
from matchloop.errors import UsageError
from matchloop.matching.backends import PreparedTable

__all__ = ["check_arguments"]


def check_arguments(records: object, labels: object = None) -> None:
    """Raise an error unless the arguments are a table and labels.

    Parameters
    ----------
    records
        The argument for a table.
    labels
        The argument for labels; None where there are none.

    Raises
    ------
    UsageError
        An argument is of another type; the message says how to make one.
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
