"""Form the groups of ``matchloop match``: of a table, or of a batch in a folder of ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

import matchloop as ml
from matchloop.cli.identity_match import OpenBatch
from matchloop.cli.match_input import MatchInput
from matchloop.cli.stable_ids import kept_ids
from matchloop.cli.table_files import TableFile
from matchloop.entities.identity import IdentityRun, Mode
from matchloop.matching.backends import Near, OnStage, PreparedTable
from matchloop.matching.backends.needs import check_memory
from matchloop.matching.blocking import BlockingReport
from matchloop.quality.evaluation import ThresholdQuality

__all__ = ["MatchRun", "form_groups", "match_table", "with_earlier_ids"]


@dataclass(frozen=True, slots=True, eq=False)
class MatchRun:
    """The groups, and what else the options ask about them.

    Parameters
    ----------
    matches
        The groups.
    matcher
        The fitted matcher.
    changes
        One row per change of an id, for the file of changes; None without an earlier run.
    prepared
        The blocked table; None for a batch in a folder of ids.
    thresholds
        The expected quality at each threshold; empty unless asked for.
    blocking
        The report on blocking; None unless asked for.
    identity
        The run in the folder of ids, still to be committed; None without a folder.
    """

    matches: ml.Matches
    matcher: ml.Matcher
    changes: pa.Table | None = None
    prepared: PreparedTable | None = None
    thresholds: Sequence[ThresholdQuality] = ()
    blocking: BlockingReport | None = None
    identity: IdentityRun | None = None


def form_groups(
    table: MatchInput,
    matcher: ml.Matcher,
    answers: ml.Labels | None,
    *,
    mode: Mode,
    all_rows: bool,
    session: Any = None,
    thresholds: bool = False,
    explain_blocking: bool = False,
    on_stage: OnStage,
) -> MatchRun:
    """Group the records of a table, or of a batch in a folder of ids.

    Parameters
    ----------
    table
        The records.
    matcher, answers, session, thresholds, explain_blocking, on_stage
        As for :func:`match_table`.
    mode
        As for :meth:`matchloop.Identity.match`.
    all_rows
        Whether the groups of a folder's other records are needed, too.

    Raises
    ------
    TableError
        The records do not fit into memory.
    """
    batch = table.batch
    is_narrow = (
        batch is not None
        and answers is None
        and not all_rows
        and batch.identity.is_indexed_for(matcher, mode)
    )
    if not is_narrow:
        check_memory(table.records, effort=matcher.accuracy_cost)
    if batch is not None:
        return _match_batch(
            batch, matcher, answers, mode=mode, is_narrow=is_narrow, on_stage=on_stage
        )
    return match_table(
        table,
        matcher,
        answers,
        session=session,
        thresholds=thresholds,
        explain_blocking=explain_blocking,
        on_stage=on_stage,
    )


def match_table(
    table: MatchInput,
    matcher: ml.Matcher,
    answers: ml.Labels | None,
    *,
    session: Any = None,
    thresholds: bool = False,
    explain_blocking: bool = False,
    on_stage: OnStage,
) -> MatchRun:
    """Fit the matcher where it is not fitted, and group the records.

    Parameters
    ----------
    table
        The records, without a folder of ids.
    matcher
        A matcher; it is fitted to ``answers`` unless it is fitted already.
    answers
        Labels; of a fitted matcher they only constrain the groups.
    session
        The Spark session that compares and scores candidate pairs; None to do it here.
    thresholds, explain_blocking
        Whether to compute these reports.
    on_stage
        Progress callback.
    """
    near = None
    if table.groups is not None and matcher.is_fitted and not explain_blocking:
        # only pairs with a new record; to fit, or to explain, takes the pairs of all records
        near = Near(table.groups < 0, table.groups)
    prepared = matcher.prepare(table.records, near=near, on_stage=on_stage)
    if session is not None:
        from matchloop.matching.backends.spark import on_spark

        prepared = on_spark(prepared, session)
    constraints = answers if matcher.is_fitted else None  # a matcher keeps those it is fitted to
    if not matcher.is_fitted:
        matcher = matcher.fit(prepared, answers, on_stage=on_stage)
    matches = matcher.find_matches(
        prepared, labels=constraints, previous=table.groups, on_stage=on_stage
    )
    return MatchRun(
        matches,
        matcher,
        prepared=prepared,
        thresholds=(
            ml.quality_by_threshold(prepared, matcher, matches=matches) if thresholds else ()
        ),
        blocking=matcher.blocking_report(prepared, answers) if explain_blocking else None,
    )


def _match_batch(
    batch: OpenBatch,
    matcher: ml.Matcher,
    answers: ml.Labels | None,
    *,
    mode: Mode,
    is_narrow: bool,
    on_stage: OnStage,
) -> MatchRun:
    """Group the records of a folder of ids and of a batch; the folder is not changed yet.

    Parameters
    ----------
    batch
        The batch.
    matcher, answers, mode, on_stage
        As for :meth:`matchloop.Identity.match`.
    is_narrow
        Whether only the groups of the batch's records are asked for.
    """
    run = batch.match(matcher, mode=mode, labels=answers, is_narrow=is_narrow, on_stage=on_stage)
    return MatchRun(run.near if is_narrow else run.matches, run.matcher, run.changes, identity=run)


def with_earlier_ids(run: MatchRun, table: MatchInput, last: TableFile) -> MatchRun:
    """Give the groups the ids of an earlier output.

    Parameters
    ----------
    run
        The groups.
    table
        The records.
    last
        The earlier output, which ``table.earlier`` was read from.
    """
    if table.earlier is None:
        return run
    kept = kept_ids(run.matches, table.earlier, last, all_rows=not table.is_part)
    return replace(run, matches=kept.matches, changes=kept.changes)
