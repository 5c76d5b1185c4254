from __future__ import annotations

import io
import sys
import time

import pytest

from matchloop.cli.progress import StageProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    words = io.StringIO()
    monkeypatch.setattr(sys, "stderr", words)
    with StageProgress("match", patience_s=0.0) as progress:
        progress("block", 0.5)
        time.sleep(0.05)

    assert words.getvalue() == ""


def test_short_work_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Terminal()
    monkeypatch.setattr(sys, "stderr", words)
    with StageProgress("match", patience_s=60.0) as progress:
        progress("block", 0.5)

    assert words.getvalue() == ""


def test_long_work_on_a_terminal_shows_its_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Terminal()
    monkeypatch.setattr(sys, "stderr", words)
    with StageProgress("match", patience_s=0.0) as progress:
        deadline = time.monotonic() + 120
        while "match: block" not in words.getvalue() and time.monotonic() < deadline:
            progress("block", 0.5)
            time.sleep(0.02)

    assert "match: block" in words.getvalue()


def test_the_time_left_is_that_of_the_stage_at_work() -> None:
    progress = StageProgress("match")
    progress("block", 0.0)
    time.sleep(0.1)
    progress("block", 0.001)
    long = progress.left()
    progress("compare and score", 0.0)

    assert long.endswith(" left")
    assert int(long.partition(":")[0]) >= 1  # a thousand times a tenth of a second
    assert progress.left() == ""
