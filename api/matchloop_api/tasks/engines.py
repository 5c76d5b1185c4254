"""The engine that compares and scores the candidate pairs of a run: its own process, or Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matchloop.errors import MatchloopError
from matchloop_api.settings import Settings
from matchloop_api.tasks.work import Work

if TYPE_CHECKING:
    from matchloop.matching.backends import PreparedTable

__all__ = ["OnEngine", "check_engine", "open_engine"]

OnEngine = Callable[["PreparedTable"], "PreparedTable"]
"""Returns a prepared table whose candidates the engine compares and scores."""


def check_engine(settings: Settings) -> None:
    """Check before any run that what the engine needs is installed.

    Raises
    ------
    MatchloopError
        It is not, or the setting ``spark_master`` is no master.
    """
    if settings.engine == "spark":
        from matchloop.spark import check_spark

        try:
            check_spark(settings.spark_master)
        except MatchloopError as error:
            raise type(error)(f"the setting engine is 'spark': {error}") from None


@contextmanager
def open_engine(work: Work) -> Iterator[OnEngine]:
    """Open the engine of the settings for one run.

    Raises
    ------
    MatchloopError
        There is no Spark session at the master of the settings.
    """
    if work.settings.engine == "local":
        yield lambda prepared: prepared
        return
    from matchloop.matching.backends.spark import on_spark
    from matchloop.spark import named_master, spark_session

    master = work.settings.spark_master
    work.on_stage("start Spark", 0.0)
    with spark_session(master) as session:
        work.log(f"Spark {session.version} at {named_master(master)} compares candidate pairs")
        yield lambda prepared: on_spark(prepared, session)
