"""The store of the server, in SQLite or PostgreSQL."""

from matchloop_api.store.base import Store, Transaction
from matchloop_api.store.deadlines import Deadline, HurriedStore
from matchloop_api.store.opening import open_store
from matchloop_api.store.queries import RunQuery, TransformQuery
from matchloop_api.store.rows import (
    ACTIVE,
    REPORTS,
    AccessKey,
    EventKind,
    LabelEvent,
    LabelSet,
    Opinion,
    PageEvent,
    Progress,
    Resource,
    RunStatus,
    RunType,
    TaskRun,
    Transform,
)

__all__ = [
    "ACTIVE",
    "REPORTS",
    "AccessKey",
    "Deadline",
    "EventKind",
    "HurriedStore",
    "LabelEvent",
    "LabelSet",
    "Opinion",
    "PageEvent",
    "Progress",
    "Resource",
    "RunQuery",
    "RunStatus",
    "RunType",
    "Store",
    "TaskRun",
    "Transaction",
    "Transform",
    "TransformQuery",
    "open_store",
]
