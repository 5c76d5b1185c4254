from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.model import StringShape

from matchloop.errors import UsageError
from matchloop.quality.sampled_audit import DESIGNS
from matchloop.quality.sampled_audit.draw import GROUP
from matchloop.registry import registered_names
from matchloop_api.operations import BEYOND, OPERATIONS
from matchloop_api.wire import Operation, Reply
from matchloop_api.wire.constraints import compile_pattern
from matchloop_api.wire.model import check_offered, input_shape


def test_an_operation_that_glue_lacks_is_refused_with_what_was_meant() -> None:
    table = {"GetMLTransfrom": Operation(lambda request, context: Reply())}
    with pytest.raises(UsageError, match="did you mean GetMLTransform"):
        check_offered(table)


def test_every_line_of_the_table_is_an_operation_of_its_service() -> None:
    check_offered({**OPERATIONS, **BEYOND})


def test_every_design_of_an_audit_may_be_asked_for() -> None:
    shape = input_shape("matchloop", "StartAuditDrawTaskRun")
    assert shape is not None
    design = shape.members["Design"]
    assert isinstance(design, StringShape)
    assert set(design.enum) == set(registered_names(DESIGNS, GROUP))


def test_a_design_that_another_package_adds_may_be_asked_for(tmp_path: Path) -> None:
    info = tmp_path / "plugged-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nmine = plugged:Mine\n")
    asked = "from matchloop_api.wire.model import input_shape as s; "
    asked += "print(s('matchloop', 'StartAuditDrawTaskRun').members['Design'].enum)"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'mine'" in done.stdout


def test_javas_surrogate_ranges_are_translated() -> None:
    shape = input_shape("glue", "GetMLTransform")
    assert shape is not None
    pattern = compile_pattern(shape.members["TransformId"].metadata["pattern"])
    assert pattern.fullmatch("Köln \U0001f600\t")
    assert not pattern.fullmatch("a\nb")
