from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WORKER = [sys.executable, "-m", "matchloop", "worker"]
PARENT = """
import subprocess, sys, os, time
worker = subprocess.Popen([*sys.argv[1:], "--parent", str(os.getpid())])
print(worker.pid, flush=True)
time.sleep(600)
"""


def test_a_worker_says_one_line_and_stops_when_asked(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [*WORKER, "--data-dir", str(tmp_path), "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert "is ready; task runs at once: 2" in worker.stdout.readline()

    worker.send_signal(signal.SIGTERM)
    said, log = worker.communicate(timeout=60)

    assert (worker.returncode, said, log) == (0, "", "")
    assert (tmp_path / "matchloop.sqlite").is_file()


def test_a_worker_ends_with_the_process_it_belongs_to(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, *WORKER, "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert "is ready" in parent.stdout.readline()

        parent.kill()

        end = time.monotonic() + 60
        while is_running(pid):
            assert time.monotonic() < end, "the worker outlives its parent"
            time.sleep(0.02)


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [*WORKER, "--data-dir", str(tmp_path), "--database-url", "oracle://nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
