"""Background work: a queue with leases, workers, and the code of each kind of run."""

from matchloop_api.tasks.engines import check_engine
from matchloop_api.tasks.work import Commit, Kind, Work
from matchloop_api.tasks.worker import KINDS, Worker

__all__ = ["KINDS", "Commit", "Kind", "Work", "Worker", "check_engine"]
