"""Spark Connect: a server of its own, in a process that has no classic session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import matchloop

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("groups_through_connect.py")


def printed(python: str, remote: str) -> str:
    """Run the comparison with a Python; return what it printed, or fail with its errors."""
    places = [str(SCRIPT.parents[2]), str(Path(matchloop.__file__).parents[1])]
    done = subprocess.run(
        [python, str(SCRIPT), remote],
        env={**os.environ, "PYSPARK_PYTHON": python, "PYTHONPATH": os.pathsep.join(places)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def test_spark_connect_gives_the_bytes_of_the_local_engine() -> None:
    for name in ("pyspark", "grpc", "grpc_status"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pyspark[connect]")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Java is not installed: no java on the path, no JAVA_HOME")

    assert printed(sys.executable, "local[2]").endswith("same")


def test_sail_gives_the_bytes_of_the_local_engine() -> None:
    python = os.environ.get("MATCHLOOP_SAIL")
    if not python:
        pytest.skip(
            "MATCHLOOP_SAIL names no Python that has matchloop, pysail and pyspark-client 4.2"
        )

    assert printed(python, "sail").endswith("same")
