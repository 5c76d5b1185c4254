from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from matchloop_api.identifiers import new_run_id
from matchloop_api.settings import Settings
from matchloop_api.store import RunStatus, RunType, TaskRun
from matchloop_api.tasks.logs import RunLog, log_path

NOW = datetime.now(UTC)
RUN = TaskRun(
    id=new_run_id(),
    type=RunType.CRAWL,
    status=RunStatus.RUNNING,
    transform_id=None,
    arguments={},
    log_group="/aws-glue/mlTransforms",
    started_at=NOW,
    modified_at=NOW,
    timeout_s=60.0,
)


@given(st.text())
def test_a_log_file_is_always_below_the_folder_of_logs(group: str) -> None:
    path = log_path(replace(RUN, log_group=group))

    assert path.parts[0] == "logs"
    assert ".." not in path.parts
    assert path.name == f"{RUN.id}.log"


def test_a_log_file_is_named_by_its_group(tmp_path: Path) -> None:
    log = RunLog.of(RUN, Settings(data_dir=tmp_path))

    log.write("one")
    log.write("two \ud800")

    path = tmp_path / "logs" / "aws-glue" / "mlTransforms" / f"{RUN.id}.log"
    lines = path.read_text().splitlines()
    assert [line.rpartition("+00:00 ")[2] for line in lines] == ["one", "two \\ud800"]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where a folder should be")

    RunLog.of(RUN, Settings(data_dir=tmp_path)).write("one")
