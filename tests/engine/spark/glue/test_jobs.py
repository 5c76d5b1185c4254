from __future__ import annotations

import subprocess
import sys

import pytest

from matchloop.errors import UsageError
from matchloop.spark.glue import PATH
from matchloop.spark.glue.__main__ import main
from matchloop.spark.glue.frames import DynamicFrame, DynamicFrameCollection, frame_of
from matchloop.spark.glue.jobs import getResolvedOptions


def test_arguments_are_read_in_both_forms() -> None:
    args = ["job.py", "--JOB_NAME", "match", "--path=s3://a/b", "--continuous-log", "--n", "-1"]

    found = getResolvedOptions(args, ["path", "n"])

    assert found == {"path": "s3://a/b", "n": "-1", "JOB_NAME": "match"}


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(UsageError, match=r"job\.py needs the argument --TARGET"):
        getResolvedOptions(["/a/job.py", "--JOB_NAME", "x"], ["JOB_NAME", "TARGET"])


def test_a_method_that_is_not_offered_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"DynamicFrame\.unnest is not offered here; use toDF"):
        DynamicFrame(None).unnest()


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(UsageError, match="a list was given"):
        frame_of([1])


def test_a_collection_gives_its_frames_by_name() -> None:
    frame = DynamicFrame(None)

    frames = DynamicFrameCollection({"a": frame})

    assert frames.select(list(frames.keys())[0]) is frame


def test_the_stand_ins_are_importable_by_their_path_alone() -> None:
    names = "awsglue.context awsglue.job awsglue.utils awsglue.transforms awsglueml.transforms"
    script = f"import importlib, sys; [importlib.import_module(n) for n in {names.split()!r}]"
    without = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    behind = f"import sys; sys.path.append({str(PATH)!r}); {script}"
    beside = subprocess.run(
        [sys.executable, "-c", behind], capture_output=True, text=True, check=False
    )

    assert "No module named 'awsglue'" in without.stderr
    assert beside.returncode == 0, beside.stderr


def test_the_runner_prints_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--path"]) == 0
    assert capsys.readouterr().out == f"{PATH}\n"


@pytest.mark.parametrize("arguments", [[], ["--JOB_NAME"], ["nowhere.py"]])
def test_the_runner_needs_a_script(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "usage: python -m matchloop.spark.glue SCRIPT" in capsys.readouterr().err
