"""The options on the columns of a table and on its labels, and what is read by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import matchloop as ml
from matchloop.cli.option_groups import OptionGroup
from matchloop.cli.options import (
    Kinds,
    LabelFiles,
    LabelsAre,
    OptionalKey,
    Source,
    read_labels_for,
    read_table,
)
from matchloop.cli.table_files import TableFile

if TYPE_CHECKING:
    from matchloop.data.memory import Memory

__all__ = ["ColumnOptions", "Columns", "Labelling", "LabelOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOptions:
    """What was typed about the columns of a table."""

    key: OptionalKey = None
    source: Source = None
    kinds: Kinds = None

    def read(self, file: TableFile, *, memory: str | Memory | None = None) -> ml.Records:
        """Read a table as :func:`matchloop.cli.options.read_table` does."""
        return read_table(file, self.key, source=self.source, kinds=self.kinds, memory=memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOptions:
    """The labelling files that were typed."""

    labels: LabelFiles = None
    labels_are: LabelsAre = None

    def read(self, records: ml.Records) -> ml.Labels | None:
        """Read the files as :func:`matchloop.cli.options.read_labels_for` does."""
        return read_labels_for(records, self.labels, self.labels_are)


Columns = Annotated[ColumnOptions, OptionGroup()]
Labelling = Annotated[LabelOptions, OptionGroup()]
