"""Columns of a labelling file: the two that every one has, and those of its table."""

from __future__ import annotations

from matchloop.errors import LabelFileError, some

__all__ = ["LABEL", "LABELING_SET_ID", "check_columns", "label_columns"]

LABELING_SET_ID = "labeling_set_id"
LABEL = "label"


def label_columns(names: list[str]) -> tuple[int, int]:
    """Return where the set ids and the labels stand among the columns of a labelling file.

    Raises
    ------
    LabelFileError
        One of the two is missing or stands twice.
    """
    trimmed = [name.strip() for name in names]
    if trimmed[:2] == [LABELING_SET_ID, LABEL]:
        return 0, 1
    for name in (LABELING_SET_ID, LABEL):
        if trimmed.count(name) != 1:
            raise LabelFileError(
                f"labels lack the column '{name}'; they begin with {some(names)}; the first two "
                f"columns must be {LABELING_SET_ID},{LABEL}"
            )
    return trimmed.index(LABELING_SET_ID), trimmed.index(LABEL)


def check_columns(given: list[str], expected: list[str], whose: str) -> None:
    """Refuse labels whose own columns are not those that are expected, in any order.

    Parameters
    ----------
    given, expected
        Names of columns.
    whose
        Whose columns are expected, for the message.

    Raises
    ------
    LabelFileError
        A column is missing, or is one too many.
    """
    other = [name for name in given if name not in set(expected)]
    missing = [name for name in expected if name not in set(given)]
    wrong = [f"columns that are not in {whose}: {some(other)}"] if other else []
    wrong += [f"no column {some(missing)}"] if missing else []
    if wrong:
        raise LabelFileError(
            f"labels have {' and '.join(wrong)}; after {LABELING_SET_ID},{LABEL} "
            f"they must have the columns of {whose}"
        )
