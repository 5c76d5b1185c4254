"""Open a Spark session for a command."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from matchloop.errors import MissingExtra, UsageError

__all__ = ["spark_session"]

TOO_OLD = "Spark {} was found; matchloop[spark] needs Spark 4: use the local engine, or Spark 4"


@contextmanager
def spark_session(master: str) -> Iterator[Any]:
    """Open a session at a master, such as ``local[2]``, ``spark://host:7077`` or ``sc://host``.

    It is stopped at the end, unless this process had it before.

    Raises
    ------
    MissingExtra
        pyspark or Java is not installed.
    UsageError
        The session cannot be opened.
    """
    try:
        import pyspark
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtra(
            "the Spark engine needs pyspark: pip install 'matchloop[spark]'"
        ) from None
    if int(pyspark.__version__.partition(".")[0]) < 4:
        raise MissingExtra(TOO_OLD.format(pyspark.__version__))
    remote = master.startswith("sc://")
    if not remote and shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise MissingExtra("the Spark engine needs Java 17 or later; install it, or set JAVA_HOME")
    if master.startswith("local"):  # the workers are started here, by this Python
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("matchloop")
    before = SparkSession.getActiveSession()
    try:
        if remote:
            session = builder.remote(master).getOrCreate()
        else:
            quiet: dict[str, Any] = {
                "spark.ui.showConsoleProgress": "false",
                "spark.log.level": "ERROR",
            }
            if master.startswith("local"):  # Java's usual 1 GiB is too little beside the parts
                quiet["spark.driver.memory"] = "2g"
            session = builder.master(master).config(map=quiet).getOrCreate()
    except (PySparkException, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UsageError(f"no Spark session at '{master}': {reason}") from error
    try:
        yield session
    finally:
        if session is not before:
            with suppress(ConnectionError):  # a driver that died is the error to report
                session.stop()
