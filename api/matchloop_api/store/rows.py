"""What the store holds: frozen rows. Times are datetimes with UTC as their zone."""

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
    """Glue's TaskType, the work that Glue does outside of task runs, and our own reports."""

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
        Modified means its definition: labels and evaluations do not count.
    definition
        The other members of CreateMLTransform as given, updates put in, tags left out:
        Description, InputRecordTables, Parameters, Role, GlueVersion, MaxCapacity, WorkerType,
        NumberOfWorkers, Timeout, MaxRetries, TransformEncryption.
    schema
        Glue's Schema: ``{"Name", "DataType"}`` for each column of the table at creation.
    label_count
        Labelled rows after merging.
    evaluation
        Glue's EvaluationMetrics of the latest evaluation, None before the first.
    matches
        Payload with the keys and match ids of the latest find-matches run.
    next_match_id
        Lowest match id that no run gave to a group. It never falls, so that the id of a group that
        is gone never goes to another.
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
    """How far a run is.

    Parameters
    ----------
    percent
        0 to 100.
    stage
        What it is at, in a word or two.
    pairs
        Candidate pairs compared so far.
    left_s
        Seconds that it is expected to take still; None while unknown.
    """

    percent: float = 0.0
    stage: str = ""
    pairs: int = 0
    left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One piece of work in the background; the only row that moves through statuses.

    Parameters
    ----------
    id
        ``tsk-`` and 40 hexadecimal digits.
    type, status
        What it does and where it stands.
    transform_id
        The transform it is of; None for a crawl.
    arguments
        What it was asked, in Glue's names: the members of its kind's TaskRunProperties
        (``InputS3Path``, ``Replace``, ``OutputS3Path``, ``JobName``, ``JobRunId`` ...), and
        for a job its arguments under ``Arguments``; for a crawl ``CrawlerName``.
    log_group
        Glue's LogGroupName; the run's log file is named by it.
    started_at, modified_at, completed_at
        Started is when the request was accepted.
    timeout_s
        Seconds of work after which it is timed out.
    error
        Why it failed, in one line.
    actor
        Who asked for it: the name of an access key, or empty.
    attempt
        How often a worker has begun it; with the owner it fences off workers thought dead.
    owner, lease_until
        The worker that has it, and until when that worker is believed to live.
    progress
        How far it is.
    checkpoint
        What a later attempt need not do again, and the files it must clean up.
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
    """What an entry of the label ledger is."""

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
        An imported file, answers from the page, or the undoing of another entry.
    at, actor
        When, and by whom.
    replace_all
        Whether every earlier label is forgotten from here on.
    rows
        Labelled rows in the payload.
    payload
        Payload with the rows as Parquet; None for an undo.
    source
        The file it came from.
    run_id
        The task run that added it; at most one entry for each run.
    undoes
        Sequence number of the entry that this one undoes.
    report
        What was left out or merged, by name.
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
        How many people are to answer it.
    person
        The only person it is for; None for everybody.
    holder, lease_until
        Who has it at present, and until when.
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
    """One person's answer to a set, or the beginning of one.

    Parameters
    ----------
    transform_id, number, person
        Which set, whose answer.
    submit
        Id of the event that submitted the answer that counts; None without one.
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
        Which set, and who acted.
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
    """Something with a name and a definition: a database, table, crawler, job or job run.

    Also what a transform's reports say, and its audit: they go with the transform.

    Parameters
    ----------
    kind
        ``database``, ``table``, ``crawler``, ``job``, ``job_run``, ``report`` (named by its run),
        ``audit_draw`` (named by its payload), ``label_guide`` or ``output`` (named by the first
        file of a job's output, so that no two runs write the same).
    scope
        What the name is unique in: a table's database, a job run's job, a report's transform;
        else empty.
    name
        Unique in its kind and scope.
    body
        Its definition in Glue's names.
    created_at, modified_at
        When it was made and last changed.
    """

    kind: str
    name: str
    body: Json
    created_at: datetime
    modified_at: datetime
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A key that signs requests. Its secret must be readable: SigV4 signs with it."""

    id: str
    secret: str = field(repr=False)
    role: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None
