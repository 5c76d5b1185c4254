"""Open a Spark session for a command or a run of the server."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from matchloop.errors import MissingExtra, UsageError

__all__ = ["check_spark", "named_master", "spark_session"]

TOO_OLD = "Spark {} was found; matchloop[spark] needs Spark 4: use the local engine, or Spark 4"

ANSWER_S = 5.0
"""Seconds in which a master must accept a connection. Spark itself tries for a minute, and Spark
Connect for several."""

PORTS = {"spark": 7077, "sc": 15002}
"""Usual ports of masters that are reached at a host of their own."""


def check_spark(master: str) -> None:
    """Check that this process can open a session at a master, without opening one.

    Raises
    ------
    MissingExtra
        pyspark or Java is not installed, or pyspark is too old.
    UsageError
        The master has no form that Spark knows.
    """
    if not re.fullmatch(r"local(\[.+\]|-cluster\[.+\])?|yarn|[\w+]+://.+", master):
        raise UsageError(
            f"'{named_master(master)}' is no Spark master; give one like local[4], "
            "spark://host:7077, yarn, k8s://host or sc://host:15002"
        )
    try:
        import pyspark
    except ImportError:
        raise MissingExtra(
            "the Spark engine needs pyspark: pip install 'matchloop[spark]'"
        ) from None
    if int(pyspark.__version__.partition(".")[0]) < 4:
        raise MissingExtra(TOO_OLD.format(pyspark.__version__))
    is_remote = master.startswith("sc://")
    if not is_remote and shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise MissingExtra("the Spark engine needs Java 17 or later; install it, or set JAVA_HOME")


def named_master(master: str) -> str:
    """Return a master for a message, without the parameters of a URL: one may be a token."""
    return master.partition(";")[0].rstrip("/")


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
    check_spark(master)
    from pyspark.sql import SparkSession

    before = SparkSession.getActiveSession()
    _check_answers(master)
    try:
        session = _open(master)
    except Exception as error:
        if not _is_of_spark(error):
            raise
        raise UsageError(
            f"no Spark session at '{named_master(master)}': {_reason(error)}"
        ) from error
    try:
        yield session
    except BaseException:
        if session is not before:
            with suppress(Exception):  # the first error is the one to report
                session.stop()
        raise
    if session is not before:
        with suppress(ConnectionError):  # a driver that died has nothing to stop
            session.stop()


def _open(master: str) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("matchloop")
    if master.startswith("sc://"):
        return builder.remote(master).getOrCreate()
    settings = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    if master.startswith("local"):
        # the workers are started here, by this Python
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # Java's usual 1 GiB is too little beside the parts
        settings["spark.driver.memory"] = "2g"
        # Java ignores TMPDIR, which the server removes after a run that was killed
        settings["spark.local.dir"] = tempfile.gettempdir()
    return builder.master(master).config(map=settings).getOrCreate()


def _check_answers(master: str) -> None:
    """Raise if no host of a master with hosts of its own accepts a connection."""
    scheme, _, rest = named_master(master).partition("://")
    if scheme not in PORTS:  # local, yarn, k8s: Spark finds these in its own ways
        return
    reasons = []
    for host in rest.split(","):  # several masters stand by for each other
        name, _, port = host.rpartition(":") if ":" in host else (host, "", str(PORTS[scheme]))
        try:
            socket.create_connection((name.strip("[]"), int(port)), timeout=ANSWER_S).close()
        except ValueError:
            reasons.append(f"'{port}' is no port")
        except OSError as error:
            reasons.append((error.strerror or str(error)).lower())
        else:
            return
    raise UsageError(
        f"no Spark session at '{named_master(master)}': {reasons[0]}; start the master, or name "
        "another one"
    )


def _is_of_spark(error: Exception) -> bool:
    # By the name of the package: py4j and grpc are there only where this kind of master needs them.
    packages = {made.__module__.partition(".")[0] for made in type(error).__mro__}
    return isinstance(error, RuntimeError) or bool(packages & {"pyspark", "py4j", "grpc"})


def _reason(error: Exception) -> str:
    """Return the line of an error that says what failed; one of Java begins with where."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    of_java = (line for line in lines if line.startswith(": "))
    return next(of_java, lines[0] if lines else type(error).__name__).removeprefix(": ")
