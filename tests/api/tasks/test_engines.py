from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matchloop.errors import MissingExtra, UsageError
from matchloop_api.settings import Settings
from matchloop_api.tasks.engines import check_engine, open_engine

SPARK = replace(Settings(), engine="spark")


def test_the_local_engine_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)

    check_engine(Settings())


def test_without_pyspark_no_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)

    with pytest.raises(MissingExtra, match=r"^the setting engine is 'spark': .* needs pyspark: "):
        check_engine(SPARK)


def test_without_java_no_worker_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", SimpleNamespace(__version__="4.0.0"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(MissingExtra, match="the setting engine is 'spark': .* needs Java 17"):
        check_engine(SPARK)
    check_engine(replace(SPARK, spark_master="sc://host"))  # Spark Connect needs no Java here


def test_what_is_no_master_is_refused_before_any_run() -> None:
    with pytest.raises(UsageError, match="'here' is no Spark master; give one like local"):
        check_engine(replace(SPARK, spark_master="here"))


@pytest.mark.parametrize("scheme", ["spark", "sc"])
def test_a_master_that_does_not_answer_is_one_line_without_its_token(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    pytest.importorskip("pyspark.sql", reason="pyspark is not installed: matchloop[spark]")
    monkeypatch.setenv("JAVA_HOME", "/usr")  # it is not started
    master = f"{scheme}://127.0.0.1:9/;token=secret"  # the discard port
    work: Any = SimpleNamespace(
        settings=replace(SPARK, spark_master=master), on_stage=lambda *_: None
    )

    with (
        pytest.raises(UsageError, match=f"no Spark session at '{scheme}://127.0.0.1:9'") as caught,
        open_engine(work),
    ):
        pass

    assert "connection refused; start the master" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(work.settings)
    assert "\n" not in str(caught.value)
