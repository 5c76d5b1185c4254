"""What a fitted matcher keeps: its model, the kinds of columns, and the table it learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from matchloop.data.earlier import carried
from matchloop.data.io.bundles import Bundle
from matchloop.data.labels import LabeledPairs
from matchloop.data.records import Kind, Records
from matchloop.errors import TableError, some
from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import Model

__all__ = ["Learned", "pack_matcher", "unpack_matcher"]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A model with what it was fitted to.

    Parameters
    ----------
    model
        The model.
    kinds
        The kind of each compared column, in the order of the features.
    labelled
        The labelled pairs; None without labels, and in a model that was read from a file.
    prepared
        The table; None in a model that was read from a file.
    """

    model: Model
    kinds: dict[str, str]
    labelled: LabeledPairs | None = None
    prepared: PreparedTable | None = None

    def as_fitted(self, records: Records) -> Records:
        """Return a table with the kinds of columns that the model was fitted on.

        Raises
        ------
        TableError
            The table lacks a column.
        """
        missing = [column for column in self.kinds if column not in records.table.column_names]
        if missing:
            raise TableError(
                f"the table lacks {some(missing)}, which the matcher was fitted on; "
                f"it has {some(records.columns)}"
            )
        return replace(records, kinds={column: Kind(kind) for column, kind in self.kinds.items()})

    def labelled_in(self, records: Records) -> LabeledPairs | None:
        """Return the labelled pairs whose records a table holds unchanged; None without any."""
        if self.labelled is None or self.prepared is None:
            return None
        fitted = self.prepared.records
        return self.labelled if fitted is records else carried(self.labelled, fitted, records)


def pack_matcher(learned: Learned, settings: Mapping[str, Any]) -> Bundle:
    """Return the content of a model file: the settings and the model, no labels and no records."""
    parts, arrays = learned.model.to_parts()
    # a list of pairs: JSON sorts keys, and the order of columns is the order of features
    kinds = list(learned.kinds.items())
    return Bundle({"matcher": dict(settings), "kinds": kinds, "model": parts}, arrays)


def unpack_matcher(bundle: Bundle) -> tuple[dict[str, Any], Learned]:
    """Return the settings and the model of a file.

    Raises
    ------
    KeyError, TypeError, ValueError
        The content is damaged.
    """
    settings = dict(bundle.settings["matcher"])
    settings["rules"] = tuple(settings["rules"])
    model = Model.from_parts(bundle.settings["model"], bundle.arrays)
    return settings, Learned(model, dict(bundle.settings["kinds"]))
