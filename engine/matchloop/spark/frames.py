"""Match the rows of Spark DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from matchloop.data.earlier import earlier_ids, stacked
from matchloop.data.io import read_records
from matchloop.data.labels import Labels
from matchloop.data.matches import MATCH_ID, RESULTS, Matches
from matchloop.data.records import Records
from matchloop.errors import UsageError
from matchloop.matching.backends import OnStage
from matchloop.matching.backends.spark import on_spark
from matchloop.matching.matcher import Matcher

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["find_incremental_matches", "find_matches", "lowest_of_each_group"]


def find_matches(
    frame: DataFrame,
    matcher: Matcher,
    *,
    key: str,
    source: str | None = None,
    labels: Labels | None = None,
    on_stage: OnStage | None = None,
) -> DataFrame:
    """Put the rows of a Spark DataFrame into groups.

    Rows are taken in the order of their keys, so the ids do not depend on Spark's partitions. The
    frame is evaluated twice: for the compared columns, and for the result.

    Parameters
    ----------
    frame
        The table.
    matcher
        A fitted one is applied; one that has learned nothing is fitted to the frame first.
    key
        Column that identifies each row; unique and never missing.
    source
        Column that names the source of a row; then only rows of different sources are matched.
    labels
        Labels of the frame's rows, to learn from or to honour.
    on_stage
        Progress callback.

    Returns
    -------
    pyspark.sql.DataFrame
        The frame with ``match_id`` and ``match_confidence_score``, in any order of rows.

    Raises
    ------
    TableError
        The key repeats or lacks in a row, or the frame lacks columns the matcher was fitted on.
    """
    records = _records(frame, matcher, key, source)
    matches = _matched(frame.sparkSession, matcher, records, labels, on_stage=on_stage)
    return _with_ids(frame, matches)


def find_incremental_matches(
    existing: DataFrame,
    new: DataFrame,
    matcher: Matcher,
    *,
    key: str,
    source: str | None = None,
    labels: Labels | None = None,
    on_stage: OnStage | None = None,
) -> DataFrame:
    """Match new rows into the groups of rows matched before.

    Parameters
    ----------
    existing
        Rows matched before, with their ``match_id``.
    new
        Rows to add; their keys are new.
    matcher, key, source, labels, on_stage
        As for :func:`find_matches`.

    Returns
    -------
    pyspark.sql.DataFrame
        All rows, existing ones first in the schema. Existing groups keep their ids and are never
        split.
    """
    before = _records(existing, matcher, key, source, also=(MATCH_ID,))
    added = _records(new, matcher, key, source)
    previous = earlier_ids(before, added)
    records = stacked(before, added)
    matches = _matched(
        existing.sparkSession, matcher, records, labels, previous=previous, on_stage=on_stage
    )
    both = existing.drop(*RESULTS).unionByName(new.drop(*RESULTS), allowMissingColumns=True)
    return _with_ids(both, matches)


def lowest_of_each_group(frame: DataFrame, key: str) -> DataFrame:
    """Keep the row of the lowest key of each ``match_id``, as Glue's "Remove duplicates" does."""
    from pyspark.sql import functions

    lowest = frame.groupBy(MATCH_ID).agg(functions.min(_quoted(key)).alias(key))
    return frame.join(lowest.drop(MATCH_ID), on=key, how="left_semi")


def _records(
    frame: DataFrame,
    matcher: Matcher,
    key: str,
    source: str | None,
    *,
    also: tuple[str, ...] = (),
) -> Records:
    """Collect what matching reads of a frame, sorted by key."""
    wanted = list(frame.columns)
    if matcher.is_fitted:
        used = {key, source, *matcher.column_importances, *also}
        wanted = [name for name in wanted if name in used]
    missing = [name for name in (key, source, *also) if name is not None and name not in wanted]
    if missing:
        raise UsageError(
            f"the frame has no column '{missing[0]}'; it has {', '.join(frame.columns)}"
        )
    table = frame.select(*map(_quoted, wanted)).toArrow()
    order = pc.sort_indices(table.column(key).combine_chunks())
    return read_records(table.take(order), key=key, source=source)


def _matched(
    session: Any,
    matcher: Matcher,
    records: Records,
    labels: Labels | None,
    *,
    previous: np.ndarray[Any, np.dtype[np.int64]] | None = None,
    on_stage: OnStage | None = None,
) -> Matches:
    prepared = on_spark(matcher.prepare(records, on_stage=on_stage), session)
    if not matcher.is_fitted:
        matcher = matcher.fit(prepared, labels, on_stage=on_stage)
    return matcher.find_matches(prepared, labels=labels, previous=previous, on_stage=on_stage)


def _with_ids(frame: DataFrame, matches: Matches) -> DataFrame:
    """Join the ids to all columns of the frame."""
    key = matches.records.key
    ids = matches.table().select([key, *RESULTS])
    bare = frame.drop(*RESULTS)
    joined = bare.join(frame.sparkSession.createDataFrame(ids), on=key, how="left")
    return joined.select(*map(_quoted, [*bare.columns, *RESULTS]))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
