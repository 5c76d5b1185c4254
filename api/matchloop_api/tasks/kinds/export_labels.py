"""Export the labels to one file that an import reads back unchanged."""

from __future__ import annotations

from matchloop.errors import InputError, counted
from matchloop_api.ledger import current_labels
from matchloop_api.places import join
from matchloop_api.tasks.naming import file_name
from matchloop_api.tasks.outputs import write_labelling
from matchloop_api.tasks.parameters import key_of
from matchloop_api.tasks.work import Commit, Work

__all__ = ["export_labels"]


def export_labels(work: Work) -> Commit | None:
    """Write all current labels of the transform below ``OutputS3Path``.

    Raises
    ------
    InputError
        There is no label.
    """
    transform = work.transform()
    work.on_stage("read", 0.0)
    with work.store.reading() as tx:
        labels = current_labels(tx, transform.id, key=key_of(transform))
    if labels is None:
        raise InputError(
            f"No labelset exists for transformId {transform.id} "
            f"in account id {work.settings.account_id}."
        )
    work.on_stage("write", 0.0)
    uri = join(str(work.run.arguments["OutputS3Path"]), file_name(work.run, "labels"))
    write_labelling(work, labels.table(), uri, key=key_of(transform))
    work.log(
        f"wrote {uri}: {counted(len(labels), 'labelled row')} in {counted(labels.n_sets, 'set')}"
    )
    return None
