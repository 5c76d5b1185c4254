"""What every reader of a labelling file refuses, whoever reads it: engine, server, command."""

from __future__ import annotations

from matchloop.data.labels.labels import Labels
from matchloop.data.labels.meaning import Meaning, check_answers, check_forms
from matchloop.data.labels.sets import check_order

__all__ = ["check_labels"]


def check_labels(labels: Labels, meaning: Meaning | None = None) -> None:
    """Refuse labels that would be taken for something else than what was meant.

    Parameters
    ----------
    labels
        The labels of one file, or several together.
    meaning
        What somebody says the labels are; None where nobody did.

    Raises
    ------
    LabelFileError
        Files were put together whose sets have the same ids; labels of a set differ by their form
        only; or labels look like answers on pairs and nobody said that they are groups.
    """
    check_order(labels.set_ids, labels.record_codes)
    check_forms(labels.set_ids, labels.labels)
    if meaning is None:
        check_answers(labels.set_ids, labels.labels)
