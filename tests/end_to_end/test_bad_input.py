"""What cannot be used is said in one line, with an exit code, and nothing is written."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matchloop.cli import main

ROOT = Path(__file__).resolve().parents[2]
Rows = Sequence[Sequence[str]]
HEADER = ("id", "name", "town")
ROWS = [
    ("1", "Ann Miller", "Oslo"),
    ("2", "Ann Miler", "Oslo"),
    ("3", "Bob Stone", "Bergen"),
    ("4", "Carla Diaz", "Bodø"),
]


def write(path: Path, rows: Rows, header: Sequence[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, which is quicker than starting one for each mistake."""
    out, words = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(words):
        code = main(arguments)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), words.getvalue())


def run_process(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], folder: Path, code: int, *parts: str) -> None:
    """Check that a run failed as it should: one line, the code, nothing written."""
    lines = done.stderr.strip().splitlines()

    assert done.returncode == code, done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("matchloop: ")
    assert "unexpected" not in lines[0]
    assert done.stdout == ""
    assert [part for part in parts if part not in lines[0]] == [], lines[0]
    assert not [path.name for path in folder.iterdir() if path.name.startswith(("out", ".out"))]


MATCH = ("match", "in.csv", "--key", "id", "-o", "out.csv")


def test_no_such_file(tmp_path: Path) -> None:
    refused(run(tmp_path, *MATCH), tmp_path, 1, "in.csv")


@pytest.mark.parametrize(("arguments", "code"), [(MATCH, 1), (MATCH[:2], 2)])
def test_a_process_ends_with_the_code_and_one_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    refused(run_process(tmp_path, "-m", "matchloop", *arguments), tmp_path, code)


def test_a_suffix_that_names_no_format(tmp_path: Path) -> None:
    write(tmp_path / "in.ods", ROWS)

    done = run(tmp_path, "match", "in.ods", "--key", "id", "-o", "out.csv")

    refused(done, tmp_path, 1, "in.ods", ".csv")


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl", "in.parquet"])
def test_not_a_table(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(256)) * 40)

    refused(run(tmp_path, "match", name, "--key", "id", "-o", "out.csv"), tmp_path, 1, name)


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl", "in.parquet"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")

    refused(run(tmp_path, "match", name, "--key", "id", "-o", "out.csv"), tmp_path, 1, name)


def test_a_header_without_rows(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [])

    refused(run(tmp_path, *MATCH), tmp_path, 1, "in.csv")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "in.csv").mkdir()

    refused(run(tmp_path, *MATCH), tmp_path, 1, "in.csv")


def test_a_missing_key_column_names_those_there_are(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS, ("number", "name", "town"))

    refused(run(tmp_path, *MATCH), tmp_path, 1, "'id'", "number", "town")


def test_a_missing_source_column_names_those_there_are(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS)

    refused(run(tmp_path, *MATCH, "--source", "origin"), tmp_path, 1, "'origin'", "town")


def test_a_key_that_is_null(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [*ROWS, ("", "Dora", "Oslo")])

    refused(run(tmp_path, *MATCH), tmp_path, 1, "id")


def test_repeated_keys_are_named_up_to_five(tmp_path: Path) -> None:
    rows = [(str(i), f"name {i}", "Oslo") for i in range(100, 110)]
    write(tmp_path / "in.csv", rows + rows)

    done = run(tmp_path, *MATCH)

    refused(done, tmp_path, 1, "id")
    assert sum(f"'{i}'" in done.stderr for i in range(100, 110)) == 5


def test_a_parquet_with_nested_types_names_the_column(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"], "tags": [["x"], ["y"], []]}),
        tmp_path / "in.parquet",
    )

    done = run(tmp_path, "match", "in.parquet", "--key", "id", "-o", "out.csv")

    refused(done, tmp_path, 1, "tags")


def test_an_unfinished_quote_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,name,town\n1,"Ann,Oslo\n2,Bob,Oslo\n', encoding="utf-8")

    refused(run(tmp_path, *MATCH), tmp_path, 1, "in.csv")


LABELS = ("labeling_set_id", "label", *HEADER)


def with_labels(folder: Path, rows: Rows, header: Sequence[str] = LABELS) -> tuple[str, ...]:
    write(folder / "in.csv", ROWS)
    write(folder / "labels.csv", rows, header)
    return (*MATCH, "--labels", "labels.csv")


GOOD = [("s1", "a", *ROWS[0]), ("s1", "a", *ROWS[1]), ("s1", "b", *ROWS[2])]


def test_a_label_file_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS)

    refused(run(tmp_path, *MATCH, "--labels", "labels.csv"), tmp_path, 1, "labels.csv")


def test_a_label_file_with_a_missing_column(tmp_path: Path) -> None:
    arguments = with_labels(tmp_path, [row[:4] for row in GOOD], LABELS[:4])

    refused(run(tmp_path, *arguments), tmp_path, 1, "labels", "town")


def test_a_label_file_without_its_own_columns(tmp_path: Path) -> None:
    arguments = with_labels(tmp_path, ROWS, HEADER)

    refused(run(tmp_path, *arguments), tmp_path, 1, "labels.csv", "labeling_set_id")


def test_a_label_file_with_other_columns(tmp_path: Path) -> None:
    arguments = with_labels(tmp_path, GOOD, (*LABELS[:2], "id", "title", "year"))

    refused(run(tmp_path, *arguments), tmp_path, 1, "title")


def test_a_label_file_of_unknown_keys(tmp_path: Path) -> None:
    unknown = [(row[0], row[1], f"x{row[2]}", *row[3:]) for row in GOOD]

    refused(run(tmp_path, *with_labels(tmp_path, unknown)), tmp_path, 1, "'x1'")


def test_a_label_file_all_blank(tmp_path: Path) -> None:
    blank = [(row[0], "", *row[2:]) for row in GOOD]

    refused(run(tmp_path, *with_labels(tmp_path, blank)), tmp_path, 1, "labels.csv", "label")


def test_a_label_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    arguments = with_labels(tmp_path, [])
    text = "\n".join(",".join(row) for row in [LABELS, *GOOD, ("s1", "b", *ROWS[3])])
    (tmp_path / "labels.csv").write_bytes(text.encode("latin-1"))

    refused(run(tmp_path, *arguments), tmp_path, 1, "labels.csv", "line 5", "UTF-8")


def test_a_label_file_with_broken_quoting(tmp_path: Path) -> None:
    arguments = with_labels(tmp_path, [])
    text = ",".join(LABELS) + '\ns1,a,1,"Ann Miller,Oslo\ns1,b,2,Ann,Oslo\n'
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")

    refused(run(tmp_path, *arguments), tmp_path, 1, "labels.csv")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("match", "in.csv", "--key", "id"), "--output"),
        (("match", "in.csv", "--incremental", "in.csv", "-o", "out.csv"), "--key"),
        ((*MATCH, "--kinds", "town"), "COLUMN=KIND"),
        ((*MATCH, "--kinds", "town=place"), "location"),
        ((*MATCH, "--kinds", "city=name"), "city"),
        ((*MATCH, "--block", "city"), "city"),
        ((*MATCH, "--block", "name[:"), "name"),
        ((*MATCH, "--precision-recall", "1.5"), "--precision-recall"),
        ((*MATCH, "--per-source", "two"), "--per-source"),
        ((*MATCH, "--model", "m", "--labels", "l"), "--model"),
        ((*MATCH, "--enforce-labels"), "--labels"),
        (("ask", "in.csv", "--key", "id", "-o", "out.csv", "--strategy", "psychic"), "margin"),
        (("evaluate", "in.csv", "--key", "id"), "--truth"),
        (("mach",), "mach"),
    ],
)  # fmt: skip
def test_wrong_use_is_exit_code_two(tmp_path: Path, arguments: tuple[str, ...], part: str) -> None:
    write(tmp_path / "in.csv", ROWS)

    refused(run(tmp_path, *arguments), tmp_path, 2, part)


def test_an_output_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    done = run(tmp_path, "match", "missing.csv", "--key", "id", "-o", "no/such/folder/out.csv")

    refused(done, tmp_path, 1, "no/such/folder")


def test_an_output_suffix_without_a_format(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS)

    done = run(tmp_path, "match", "in.csv", "--key", "id", "-o", "out.xml")

    refused(done, tmp_path, 1, "out.xml", ".parquet")


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 damaged"])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    write(tmp_path / "in.csv", ROWS)
    (tmp_path / "people.model").write_bytes(content)

    refused(run(tmp_path, *MATCH, "--model", "people.model"), tmp_path, 1, "people.model")


@pytest.mark.parametrize("keys", [("1", "9"), ("9", "1"), ("1", "1")])
def test_explaining_what_is_no_pair(tmp_path: Path, keys: tuple[str, str]) -> None:
    write(tmp_path / "in.csv", ROWS)

    done = run(tmp_path, "explain", "in.csv", "--key", "id", *keys)

    assert done.returncode in (1, 2)
    refused(done, tmp_path, done.returncode, "9" if "9" in keys else "1")


LIMIT = 4096
"""Bytes that a process can write to a file where the disk is full."""


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file sizes are POSIX")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    lines = (ROOT / "data" / "people.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "in.csv").write_text("".join(lines[:100]), encoding="utf-8")
    # the process can then read compiled code from the disk, and need not write it
    assert run(tmp_path, "match", "in.csv", "--key", "id", "-o", "warm.csv").returncode == 0
    assert (tmp_path / "warm.csv").stat().st_size > LIMIT

    program = f"""
import resource, signal, sys
from matchloop.cli import main

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT}, {LIMIT}))
for suffix in ("csv", "jsonl", "parquet"):
    print(main(["match", "in.csv", "--key", "id", "-o", f"out.{{suffix}}"]))
"""
    done = run_process(tmp_path, "-c", program)
    codes, lines = done.stdout.split(), done.stderr.splitlines()

    assert codes == ["1", "1", "1"], done.stderr
    assert len(lines) == 3
    for suffix, line in zip(("csv", "jsonl", "parquet"), lines, strict=True):
        one = subprocess.CompletedProcess((), 1, "", line)
        refused(one, tmp_path, 1, f"out.{suffix}")


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="reads CPU time from /proc")
def test_ctrl_c_leaves_what_stood_there(tmp_path: Path) -> None:
    names = [f"{i // 2 * 7919 % 999_983:x} {i // 3 * 104_729 % 999_979:x}" for i in range(200_000)]
    write(tmp_path / "in.csv", [(str(i), name, "Oslo") for i, name in enumerate(names)])
    (tmp_path / "kept.csv").write_text("old\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "matchloop", "match", "in.csv", "--key", "id", "-o", "kept.csv"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and cpu_seconds(process.pid) < 3.0:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, words = process.communicate(timeout=120)

    assert words == "matchloop: interrupted; nothing was written\n"
    assert process.returncode == 130
    assert out == ""
    assert (tmp_path / "kept.csv").read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "kept.csv"]


def test_an_unexpected_error_is_one_line_and_can_be_seen(tmp_path: Path) -> None:
    script = (
        "import sys; from matchloop.cli import app, demo; "
        "demo.demo = lambda: 1 / 0; sys.exit(app.main(['demo']))"
    )
    call = [sys.executable, "-c", script]
    quiet = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    loud = subprocess.run(
        call, cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "MATCHLOOP_DEBUG": "1"},
    )  # fmt: skip

    assert quiet.returncode == 1
    assert quiet.stderr.count("\n") == 1
    assert "ZeroDivisionError" in quiet.stderr
    assert "MATCHLOOP_DEBUG=1" in quiet.stderr
    assert "Traceback" in loud.stderr
