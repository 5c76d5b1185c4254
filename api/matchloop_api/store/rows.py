"""The rows of the store: frozen dataclasses. Times are datetimes in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = [
    "ACTIVE",
    "REPORTS",
    "AccessKey",
    "EventKind",
    "LabelEvent",
    "LabelSet",
    "Opinion",
    "PageEvent",
    "Progress",
    "Resource",
    "RunStatus",
    "RunType",
    "TaskRun",
    "Transform",
]

Json = Mapping[str, Any]


class RunStatus(StrEnum):
    """Glue's TaskStatusType."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"


ACTIVE = (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.STOPPING)
"""The statuses from which a run still moves."""


class RunType(StrEnum):
    """Glue's TaskType, and the work that is no task run in Glue: crawls and reports."""

    EVALUATION = "EVALUATION"
    LABELING_SET_GENERATION = "LABELING_SET_GENERATION"
    IMPORT_LABELS = "IMPORT_LABELS"
    EXPORT_LABELS = "EXPORT_LABELS"
    FIND_MATCHES = "FIND_MATCHES"
    CRAWL = "CRAWL"
    LABEL_AUDIT = "LABEL_AUDIT"
    LABEL_AGREEMENT = "LABEL_AGREEMENT"
    AUDIT_DRAW = "AUDIT_DRAW"
    HONEST_QUALITY = "HONEST_QUALITY"


REPORTS = (
    RunType.LABEL_AUDIT,
    RunType.LABEL_AGREEMENT,
    RunType.AUDIT_DRAW,
    RunType.HONEST_QUALITY,
)
"""The types that Glue does not have: their runs end in a report, and Glue's clients never see
them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """An ML transform.

    Parameters
    ----------
    id, name
        Both unique.
    status
        ``NOT_READY``, ``READY`` or ``DELETING``.
    created_at, modified_at
        Only a change of the definition counts as modified; labels and evaluations do not.
    definition
        The other members of CreateMLTransform, with later updates and without tags:
        Description, InputRecordTables, Parameters, Role, GlueVersion, MaxCapacity, WorkerType,
        NumberOfWorkers, Timeout, MaxRetries, TransformEncryption.
    schema
        Glue's Schema: ``{"Name", "DataType"}`` for each column of the table at creation.
    label_count
        Labelled rows after merging.
    evaluation
        Glue's EvaluationMetrics of the latest evaluation, None before the first.
    matches
        Payload with the keys and match ids of the latest matching.
    next_match_id
        Lowest match id that no group ever had. It never falls, so that the id of a vanished
        group is never reused.
    """

    id: str
    name: str
    status: str
    created_at: datetime
    modified_at: datetime
    definition: Json
    schema: tuple[Json, ...]
    label_count: int = 0
    evaluation: Json | None = None
    matches: str | None = None
    next_match_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a run.

    Parameters
    ----------
    percent
        0 to 100.
    stage
        The current stage, in a word or two.
    pairs
        Candidate pairs compared so far.
    left_s
        Expected seconds until the end; None while unknown.
    """

    percent: float = 0.0
    stage: str = ""
    pairs: int = 0
    left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """A piece of background work; the only row with a status that moves.

    Parameters
    ----------
    id
        ``tsk-`` and 40 hexadecimal digits.
    type, status
        Its type of work and its status.
    transform_id
        Its transform; None for a crawl.
    arguments
        Its arguments, in Glue's names: the members of its kind's TaskRunProperties
        (``InputS3Path``, ``Replace``, ``OutputS3Path``, ``JobName``, ``JobRunId`` ...), and
        for a job its arguments under ``Arguments``; for a crawl ``CrawlerName``.
    log_group
        Glue's LogGroupName; the run's log file is named by it.
    started_at, modified_at, completed_at
        Started is when the request was accepted.
    timeout_s
        Seconds of work after which it times out.
    error
        Why it failed, in one line.
    actor
        The name of the access key that requested it; empty without one.
    attempt
        How often a worker has begun it. Together with the owner it is the fencing token: a
        worker that lost its lease cannot write any more.
    owner, lease_until
        The worker that has it, and when the lease of that worker expires.
    progress
        Its progress.
    checkpoint
        Facts that a later attempt reuses, and the files that it must clean up.
    """

    id: str
    type: RunType
    status: RunStatus
    transform_id: str | None
    arguments: Json
    log_group: str
    started_at: datetime
    modified_at: datetime
    timeout_s: float
    completed_at: datetime | None = None
    error: str | None = None
    actor: str = ""
    attempt: int = 0
    owner: str | None = None
    lease_until: datetime | None = None
    progress: Progress = field(default_factory=Progress)
    checkpoint: Json = field(default_factory=dict)


class EventKind(StrEnum):
    """The kind of an entry of the label ledger."""

    IMPORT = "IMPORT"
    ANSWERS = "ANSWERS"
    UNDO = "UNDO"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvent:
    """An entry of the label ledger. Entries are added, never changed or removed.

    Parameters
    ----------
    transform_id
        The transform whose labels these are.
    kind
        An imported file, answers from the page, or the undo of another entry.
    at, actor
        When, and by whom.
    replace_all
        Whether the entry discards every earlier label.
    rows
        Labelled rows in the payload.
    payload
        Payload with the rows as Parquet; None for an undo.
    source
        The file it came from.
    run_id
        The task run that added it; a run adds at most one entry.
    undoes
        Sequence number of the entry that this one undoes.
    report
        Counts of the rows that were skipped or merged, by name.
    seq
        Position in the ledger; 0 until it is added.
    """

    transform_id: str
    kind: EventKind
    at: datetime
    actor: str = ""
    replace_all: bool = False
    rows: int = 0
    payload: str | None = None
    source: str = ""
    run_id: str | None = None
    undoes: int | None = None
    report: Json = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """A set of rows in the queue of the labelling page.

    Parameters
    ----------
    transform_id, number
        Its transform, and its number there from 1; 0 until it is added.
    body
        Its rows and where they come from; see :mod:`matchloop_api.labelling.contents`.
    position
        Its place in the queue.
    is_open
        Whether it waits for answers.
    wanted
        How many people should answer it.
    person
        The only person who may answer it; None for everybody.
    holder, lease_until
        Who holds it, and until when.
    """

    transform_id: str
    body: Json
    number: int = 0
    position: int = 0
    is_open: bool = True
    wanted: int = 1
    person: str | None = None
    holder: str | None = None
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One person's answer to a set, submitted or not.

    Parameters
    ----------
    transform_id, number, person
        The set, and who answers it.
    submit
        Id of the event that submitted the answer; None if it is not submitted.
    answered_at
        When it was submitted.
    body
        Rows added by search, and counts of the answer.
    """

    transform_id: str
    number: int
    person: str
    submit: str | None = None
    answered_at: datetime | None = None
    body: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvent:
    """One action on the labelling page. Events are added, never changed or removed.

    Parameters
    ----------
    id
        The session and the number in it; unique in the store.
    transform_id, number, person
        The set, and who acted.
    session, n
        The session, made by a page when it was loaded, and the number in it, from 0.
    at
        When the server received it.
    body
        The event as the page sent it.
    session_seq
        Orders sessions by the time at which the server first saw them; 0 until it is added.
    """

    id: str
    transform_id: str
    number: int
    person: str
    session: str
    n: int
    at: datetime
    body: Json
    session_seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A named definition: a database, table, crawler, job or job run.

    A transform's reports and its audit are resources, too; they are removed with the transform.

    Parameters
    ----------
    kind
        ``database``, ``table``, ``crawler``, ``job``, ``job_run``, ``report`` (named by its run),
        ``audit_draw`` (named by its payload), ``label_guide`` or ``output`` (named by the first
        file of a job's output, so that no two runs write the same).
    scope
        The scope in which the name is unique: a table's database, a job run's job, a report's
        transform; otherwise empty.
    name
        Unique in its kind and scope.
    body
        Its definition in Glue's names.
    created_at, modified_at
        When it was created and last changed.
    """

    kind: str
    name: str
    body: Json
    created_at: datetime
    modified_at: datetime
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A key that signs requests. Its secret is stored readable, because SigV4 verifies with it."""

    id: str
    secret: str = field(repr=False)
    role: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None
