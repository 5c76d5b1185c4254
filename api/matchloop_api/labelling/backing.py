"""The backing of the page: a server's transforms, or one table on an annotator's own machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from matchloop_api.labelling.contents import Cells, Table

if TYPE_CHECKING:
    from matchloop.data.records import Records

__all__ = ["Backing"]


class Backing(Protocol):
    """The part of the page's server that differs between ``serve`` and ``label``."""

    def is_drawing(self, transform_id: str) -> bool:
        """Return whether further sets are being chosen."""
        ...

    def is_resting(self, transform_id: str) -> bool:
        """Return whether no new set is handed out until the person has seen the summary."""
        ...

    def sample(self, transform_id: str) -> tuple[Table, Sequence[Cells]] | None:
        """Return the columns and some rows of the table; None before they are known."""
        ...

    def total(self, transform_id: str) -> int | None:
        """Return the number of sets to expect; None if the queue counts them, 0 while unknown."""
        ...

    def answered(self, transform_id: str) -> None:
        """Take notice that a person submitted, changed or withdrew an answer."""
        ...

    def records(self, transform_id: str) -> Records:
        """Return the table that a missing partner is searched in."""
        ...

    def setup(self, transform_id: str) -> Mapping[str, Any] | None:
        """Return how the table is understood, while the annotator may still change it."""
        ...

    def set_up(self, transform_id: str, values: Mapping[str, Any]) -> None:
        """Apply the annotator's choices. Raises InvalidInputException for an invalid one."""
        ...

    def ending(self, transform_id: str) -> Mapping[str, Any]:
        """Return the part of the summary that needs the model."""
        ...

    def second_look(self, transform_id: str) -> list[str]:
        """Return ids of the sets whose answers are least plausible, the worst first."""
        ...

    def finish(self, transform_id: str) -> None:
        """Write the files. Raises InvalidInputException where that cannot be."""
        ...

    def download(self, transform_id: str, name: str) -> Path | None:
        """Return a file that was written, by its name."""
        ...
