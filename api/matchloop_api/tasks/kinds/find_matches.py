"""The built-in find-matches job: a table in, the same rows with match ids out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from matchloop import Matcher, Matches, Records
from matchloop.data.earlier import earlier_ids, stacked
from matchloop.data.labels import Labels
from matchloop.data.matches import assign_ids, next_free_id
from matchloop.entities.golden import check_rules
from matchloop.entities.identity import IdentityRun
from matchloop.errors import InputError, TableError, UsageError, counted
from matchloop.matching.backends import Near, PreparedTable
from matchloop_api.datasets import PARTITION, read_dataset, records_from
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places
from matchloop_api.store import Transaction, Transform
from matchloop_api.tasks.engines import OnEngine, open_engine
from matchloop_api.tasks.existing import read_existing
from matchloop_api.tasks.golden import read_rules, write_golden
from matchloop_api.tasks.identity_folder import identity_at, match_into_folder
from matchloop_api.tasks.match_ids import keep_ids, read_ids
from matchloop_api.tasks.outputs import lowest_of_each_group, result_table, write_parts
from matchloop_api.tasks.parameters import check_ready, key_of, matcher_of
from matchloop_api.tasks.taught import compare_pairs, read_taught
from matchloop_api.tasks.work import Commit, Work

__all__ = ["find_matches"]

MANY = 100
"""Merged and split groups that are named in the log one by one."""


def find_matches(work: Work) -> Commit:
    """Match the transform's table, or another one, and write it below ``--OutputPath``.

    The matcher learns from the transform's own table and all of its labels. Match ids continue
    those of the transform's last run. With ``--ExistingPath`` they continue those of that
    output, with ``--IdentityPath`` those of that folder.

    Raises
    ------
    MatchloopError
        A table cannot be read, or lacks columns of the transform's table.
    """
    transform = work.transform()
    arguments: Mapping[str, str] = work.run.arguments.get("Arguments") or {}
    check_ready(transform)
    if not arguments.get("--OutputPath"):
        raise UsageError("the job has no argument --OutputPath; name the folder to write to")
    places = Places(work.settings)
    taught, labels = read_taught(work, transform)
    records = _asked(work, transform, arguments, taught, places)
    rules = read_rules(arguments.get("--GoldenRulesPath"), places)
    check_rules(rules, records)
    existing = identity = kept = None
    if path := arguments.get("--IdentityPath"):
        identity = identity_at(path, places)
    if path := arguments.get("--ExistingPath"):
        existing = read_existing(path, records, places, log=work.log)
    with open_engine(work) as on_engine:
        matcher, prepared = _fitted(work, matcher_of(transform), taught, labels, on_engine)
        if identity is not None:
            kept = match_into_folder(work, identity, records, matcher, arguments, places)
            matches = kept.matches
        elif existing is not None:
            matches = _joined(work, matcher, existing, records, transform, on_engine)
        else:
            if records is not taught:
                prepared = on_engine(matcher.prepare(records, on_stage=work.on_stage))
            result = matcher.find_matches(prepared, on_stage=work.on_stage)
            matches = _with_lasting_ids(work, transform, result)
    work.compared(len(matches.scores.pairs))
    _tell(work, matches)
    work.on_stage("write", 0.0)
    table = result_table(matches, confidence=_is_set(arguments, "--ComputeMatchConfidenceScores"))
    if _is_set(arguments, "--RemoveDuplicates"):
        table = lowest_of_each_group(table, records.key)
        work.log("left out duplicates: " + counted(table.num_rows, "row stays", "rows stay"))
    form = arguments.get("--OutputFormat", "csv")
    write_parts(work, table, arguments["--OutputPath"], form, places, keep=(records.key,))
    if folder := arguments.get("--GoldenPath"):
        write_golden(work, matches, rules, folder, form, places)
    if kept is not None:
        committed = kept
        return lambda tx: _commit_folder(committed)
    payload = keep_ids(work.store, matches)

    def commit(tx: Transaction) -> None:
        now = tx.transforms.get(transform.id)
        if now is None:
            raise InputError(f"the transform {transform.id} was deleted")
        mark = max(now.next_match_id, matches.next_id)
        tx.transforms.replace(replace(now, matches=payload, next_match_id=mark))

    return commit


def _commit_folder(folder: IdentityRun) -> None:
    """Make a run current in its identity folder; the transform keeps ids of its own."""
    folder.commit()


def _asked(
    work: Work,
    transform: Transform,
    arguments: Mapping[str, str],
    taught: Records,
    places: Places,
) -> Records:
    """Read the table to match, if it is not the table that the matcher learns from."""
    own = transform.definition["InputRecordTables"][0]
    database = (arguments.get("--DatabaseName") or own["DatabaseName"]).lower()
    name = (arguments.get("--TableName") or own["TableName"]).lower()
    if (database, name) == (own["DatabaseName"].lower(), own["TableName"].lower()):
        return taught
    with work.store.reading() as tx:
        home = tx.resources.get("database", database)
        table = tx.resources.get("table", name, scope=database)
        partitions = tx.resources.all(PARTITION, scope=f"{database}/{name}")
    if home is None or table is None:
        raise InvalidInputException(f"the table {database}.{name} is not in the catalog any more")
    try:
        rows = read_dataset(home, table, places, partitions=partitions)
        return records_from(rows, key_of(transform), work.settings.memory_of_a_run())
    except TableError as error:
        raise TableError(f"{database}.{name}: {error}") from error


def _fitted(
    work: Work, settings: Matcher, records: Records, labels: Labels | None, on_engine: OnEngine
) -> tuple[Matcher, PreparedTable]:
    prepared = on_engine(compare_pairs(work, records, settings))
    matcher = settings.fit(prepared, labels, on_stage=work.on_stage)
    if matcher.assumed:
        work.log(matcher.assumed)
    return matcher, prepared


def _joined(
    work: Work,
    matcher: Matcher,
    existing: Records,
    new: Records,
    transform: Transform,
    on_engine: OnEngine,
) -> Matches:
    """Match new records into earlier groups, as Matcher.find_incremental_matches does."""
    previous = earlier_ids(existing, new)
    near = Near(previous < 0, previous)
    records = stacked(existing, new)
    return matcher.find_matches(
        on_engine(matcher.prepare(records, near=near, on_stage=work.on_stage)),
        previous=previous,
        next_id=transform.next_match_id,
        on_stage=work.on_stage,
    )


def _with_lasting_ids(work: Work, transform: Transform, matches: Matches) -> Matches:
    """Return the matches with the match ids of the transform's last run."""
    if transform.matches is None:
        return matches
    with work.store.reading() as tx:
        previous = read_ids(tx, transform.matches)
    mark = transform.next_match_id
    ids, changes = assign_ids(matches.match_id, matches.records.keys, previous, next_id=mark)
    mark = next_free_id(ids, previous, mark)
    return replace(matches, match_id=ids, changes=changes, next_id=mark)


def _tell(work: Work, matches: Matches) -> None:
    for note in matches.notes:
        work.log(note)
    if matches.changes is not None:
        changes = ", ".join(f"{count:,} {name}" for name, count in matches.changes.counts().items())
        work.log(f"since the last run: {changes}")
        for into, gone in matches.changes.merged[:MANY].tolist():
            work.log(f"merged: group {into} took in records of group {gone}")
        for old, new in matches.changes.split[:MANY].tolist():
            work.log(f"split: some records of group {old} are now in group {new}")


def _is_set(arguments: Mapping[str, Any], name: str) -> bool:
    return str(arguments.get(name, "false")).strip().lower() == "true"
