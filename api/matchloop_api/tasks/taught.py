"""The training data of a transform: its table, its labels and its candidate pairs."""

from __future__ import annotations

from matchloop import Matcher, Records
from matchloop.data.labels import Labels
from matchloop.matching.backends import PreparedTable, prepare
from matchloop_api.datasets import records_of
from matchloop_api.ledger import current_labels
from matchloop_api.places import Places
from matchloop_api.store import Transform
from matchloop_api.tasks.work import Work

__all__ = ["compare_pairs", "read_taught"]


def read_taught(work: Work, transform: Transform) -> tuple[Records, Labels | None]:
    """Read a transform's table and its current labels; None stands for no labels.

    Raises
    ------
    MatchloopError
        The table or the labels cannot be read.
    ServiceError
        The table is no longer in the catalog, or cannot be reached.
    """
    work.on_stage("read", 0.0)
    with work.store.reading() as tx:
        records = records_of(tx, transform, Places(work.settings))
    work.on_stage("read", 0.8)
    with work.store.reading() as tx:
        return records, current_labels(tx, transform.id, key=records.key)


def compare_pairs(work: Work, records: Records, matcher: Matcher) -> PreparedTable:
    """Compare the candidate pairs of a table with a matcher's effort; record how many there are."""
    prepared = prepare(records, effort=matcher.accuracy_cost, on_stage=work.on_stage)
    work.compared(len(prepared.candidates))
    return prepared
