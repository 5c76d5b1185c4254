"""Read what ``matchloop promote`` compares: the groups that two models give the same records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.progress import StageProgress
from matchloop.errors import InputError, TableError, some

__all__ = ["Candidate", "read_candidate"]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """The groups of the model in use, or of the one that is to take its place.

    Parameters
    ----------
    groups
        Group of each record.
    taught_by
        The labels that are known to have taught it.
    """

    groups: NDArray[np.int64]
    taught_by: tuple[ml.Labels, ...] = ()


def read_candidate(records: ml.Records, path: str, seed: int, progress: StageProgress) -> Candidate:
    """Read the groups of the records from a model, a matched table or a labelling file.

    Raises
    ------
    InputError
        The file is none of these.
    """
    from matchloop.data.io import read_table
    from matchloop.data.labels import LABEL, LABELING_SET_ID
    from matchloop.data.matches import MATCH_ID
    from matchloop.quality.evaluation import groups_by_key

    try:
        table = read_table(path, key=records.key)
    except TableError as error:
        if "the suffix says no format" not in str(error):
            raise
        matcher = ml.Matcher.load(path)
        return Candidate(matcher.find_matches(records, on_stage=progress).match_id)
    names = [name.strip() for name in table.column_names]
    if LABELING_SET_ID in names and LABEL in names:
        labels = ml.read_labels(path, key=records.key).bound(records)
        fitted = ml.Matcher(seed=seed).fit(records, labels, on_stage=progress)
        return Candidate(fitted.find_matches(records, on_stage=progress).match_id, (labels,))
    if MATCH_ID not in names or records.key not in names:
        raise InputError(
            f"{path} is no model, no labelling file, and no table with '{records.key}' and "
            f"{MATCH_ID}; it has {some(names)}"
        )
    return Candidate(groups_by_key(records, table, MATCH_ID, name=path))
