"""Read one label per row of a labelling set from any form that a caller passes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from matchloop.data.io.frames import table_from
from matchloop.data.labels import LABEL, LABELING_SET_ID
from matchloop.data.text import as_text
from matchloop.errors import UsageError, some

__all__ = ["labels_in_order"]

_FORMS = (
    "give a list with one label per row, a mapping from key to label, a pandas Series whose index "
    "holds the keys, or a table with the columns '{key}' and 'label'"
)


def labels_in_order(
    answers: Any, sets: Sequence[str], keys: Sequence[str], key: str
) -> list[str | None]:
    """Return one label per row, None where there is no answer.

    Parameters
    ----------
    answers
        A list or array in the order of the rows; a mapping from key to label; a pandas Series
        whose index holds the keys; or a table with the key and ``label``, and maybe
        ``labeling_set_id``.
    sets, keys
        The set and key of each row.
    key
        Name of the key column.

    Raises
    ------
    UsageError
        The answers have another form, are too many or too few, or name rows not in the sets.
    """
    pandas = sys.modules.get("pandas")
    if isinstance(answers, Mapping):
        return _by_key(answers.items(), keys)
    if pandas is not None and isinstance(answers, pandas.Series):
        return _by_key(_items_of(answers, keys, pandas, key), keys)
    if isinstance(answers, (list, tuple, np.ndarray, pa.Array, pa.ChunkedArray)):
        return _one_per_row(answers, keys)
    if hasattr(answers, "__arrow_c_stream__") or hasattr(answers, "columns"):
        if hasattr(answers, "columns"):
            return _of_table(table_from(answers, key), sets, keys, key)
        return _one_per_row(pa.chunked_array(answers), keys)  # a column, such as polars has
    raise UsageError(
        f"answers cannot be read from a {type(answers).__name__}; {_FORMS.format(key=key)}"
    )


def _one_per_row(answers: Any, keys: Sequence[str]) -> list[str | None]:
    values = answers.tolist() if hasattr(answers, "tolist") else list(answers)
    if len(values) != len(keys):
        raise UsageError(
            f"{len(values)} labels were given for {len(keys)} rows; give one per row, None where "
            "there is no answer"
        )
    return [_label(value) for value in values]


def _by_key(items: Iterable[tuple[Any, Any]], keys: Sequence[str]) -> list[str | None]:
    labels: dict[str, str | None] = {}
    for key, value in items:
        name, label = str(_plain(key)), _label(value)
        if labels.setdefault(name, label) != label:
            raise UsageError(
                f"key {name!r} has the labels {some([labels[name], label])}; give one label, or "
                f"the column '{LABELING_SET_ID}' where it stands in several sets"
            )
    unknown = set(labels) - set(keys)
    if unknown:
        raise UsageError(
            f"{len(unknown):,} of the keys were not asked about: {some(sorted(unknown))}; the rows "
            f"have {some(list(dict.fromkeys(keys)))}"
        )
    return [labels.get(key) for key in keys]


def _items_of(answers: Any, keys: Sequence[str], pandas: Any, key: str) -> Any:
    index = [str(_plain(value)) for value in answers.index]
    is_numbered = isinstance(answers.index, pandas.RangeIndex) and answers.index.name != key
    if not set(index) & set(keys) or (is_numbered and index != list(keys)):
        raise UsageError(
            f"the index of the Series does not hold the keys '{key}' ({some(keys)}) but "
            f"{some(index)}; give series.tolist() if it is in the order of the rows, or "
            f"frame.set_index('{key}')['label']"
        )
    return list(zip(index, answers.tolist(), strict=True))


def _of_table(
    table: pa.Table, sets: Sequence[str], keys: Sequence[str], key: str
) -> list[str | None]:
    names = table.column_names
    missing = [name for name in (key, LABEL) if name not in names]
    if missing:
        raise UsageError(f"the answers lack the column {some(missing)}; they have {some(names, 8)}")
    own_keys = as_text(table.column(names.index(key))).to_pylist()
    labels = table.column(names.index(LABEL)).to_pylist()
    if LABELING_SET_ID not in names:
        return _by_key(zip(own_keys, labels, strict=True), keys)
    of_set = as_text(table.column(names.index(LABELING_SET_ID))).to_pylist()
    # a record may be in several sets: its key alone would not say which row a label is for
    own_rows = [f"{name} of set {id_}" for id_, name in zip(of_set, own_keys, strict=True)]
    rows = [f"{name} of set {id_}" for id_, name in zip(sets, keys, strict=True)]
    return _by_key(zip(own_rows, labels, strict=True), rows)


def _plain(value: Any) -> Any:
    """Convert a scalar to a Python value; a whole number has no decimals."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _label(value: Any) -> str | None:
    value = value.as_py() if isinstance(value, pa.Scalar) else _plain(value)
    if value is None or value != value or str(value) == "<NA>":  # NaN is not itself
        return None
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(_plain(value))
    raise UsageError(f"a label is a text or a number, not a {type(value).__name__}: {value!r}")
