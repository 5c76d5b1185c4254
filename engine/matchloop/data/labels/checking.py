"""Check labels; the engine, the server and the commands refuse the same files."""

from __future__ import annotations

from matchloop.data.labels.labels import Labels
from matchloop.data.labels.meaning import Meaning, check_answers, check_forms
from matchloop.data.labels.sets import check_order

__all__ = ["check_labels"]


def check_labels(labels: Labels, meaning: Meaning | None = None) -> None:
    """Raise where labels would be read with another meaning than the intended one.

    Parameters
    ----------
    labels
        The labels of one file, or of several in one.
    meaning
        The stated meaning of the labels; None where none was stated.

    Raises
    ------
    LabelFileError
        Joined files hold sets of the same id; labels of a set differ in form only; or labels look
        like answers on pairs and nobody stated that they are groups.
    """
    check_order(labels.set_ids, labels.record_codes)
    check_forms(labels.set_ids, labels.labels)
    if meaning is None:
        check_answers(labels.set_ids, labels.labels)
