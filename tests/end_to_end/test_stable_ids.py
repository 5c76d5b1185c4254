"""Ids from run to run, as a process: outputs, changes, folders of ids."""

from __future__ import annotations

import json
import random
from contextlib import chdir
from pathlib import Path

import pytest

from end_to_end.csv_rows import Rows, read, write
from end_to_end.test_match import PEOPLE, run
from matchloop.cli import main
from matchloop.data.io import read_table
from matchloop.data.matches import match_ids_of
from matchloop.entities.identity import replay

pytestmark = pytest.mark.usefixtures("small_forests")


def ids_in(path: Path) -> dict[str, int]:
    table = read_table(path)
    return dict(zip(table.column("id").to_pylist(), match_ids_of(table).tolist(), strict=True))


def replayed(path: Path, start: dict[str, int]) -> dict[str, int]:
    changes = read_table(path)
    for name in ("match_id", "previous_match_id"):
        at = changes.column_names.index(name)
        ids = [None if n < 0 else n for n in match_ids_of(changes, name=name).tolist()]
        changes = changes.set_column(at, name, [ids])
    return replay(changes, start)


def months(count: int) -> list[Rows]:
    """The people month by month: some leave for good or come back, some change, some are new."""
    rng = random.Random(7)
    rows = [dict(row) for row in read(PEOPLE)[:150]]
    made = []
    for month in range(count):
        there = rng.sample(rows, 110 + 10 * (month % 4))
        for row in rng.sample(there, 5):
            row["surname"] = rng.choice(rows)["surname"]
        made.append([dict(row) for row in there])
    return made


@pytest.mark.parametrize("suffix", ["csv.gz", "jsonl", "parquet"])
def test_the_changes_of_months_rebuild_the_last_output(tmp_path: Path, suffix: str) -> None:
    last, ids, ended = "", dict[str, int](), set[int]()
    for month, rows in enumerate(months(4)):
        write(tmp_path / f"{month}.csv", rows)
        more = ("--previous", last, "--threshold", str(0.3 + month / 10)) if last else ()
        last = f"{month}_out.{suffix}"
        run(tmp_path, "match", f"{month}.csv", "--key", "id", *more, "-o", last)
        present = ids_in(tmp_path / last)
        if month:
            ended |= {*ids.values()} - {*present.values()}
            ids = replayed(tmp_path / f"{month}_out.changes.{suffix}", ids)
        else:
            ids = present

        assert ids == present
        assert not ended & {*present.values()}


def test_all_rows_of_an_incremental_run_are_the_existing_ones_of_the_next(tmp_path: Path) -> None:
    rows = read(PEOPLE)
    for name, part in (("old", rows[:300]), ("new", rows[300:350]), ("newer", rows[350:])):
        write(tmp_path / f"{name}.csv", part)
    run(tmp_path, "match", "old.csv", "--key", "id", "-o", "a.csv")
    for file, existing, out in (("new.csv", "a.csv", "b.csv"), ("newer.csv", "b.csv", "c.csv")):
        run(
            tmp_path, "match", file, "--key", "id", "--incremental", existing, "--rows", "all",
            "-o", out,
        )  # fmt: skip
    ids = replayed(tmp_path / "b.changes.csv", ids_in(tmp_path / "a.csv"))

    assert [row["id"] for row in read(tmp_path / "c.csv")] == [row["id"] for row in rows]
    assert replayed(tmp_path / "c.changes.csv", ids) == ids_in(tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--previous", "a.csv", "--incremental", "a.csv"), "were both given"),
        (("--previous", "a.csv", "--remove-duplicates"), "the next run needs all rows"),
        (("--rows", "all"), "without --incremental"),
        (("--deleted", "a.csv"), "without --identity"),
        (("--mode", "settle"), "without --identity"),
        (("--identity", "ids", "--previous", "a.csv"), "were both given"),
        (("--identity", "ids", "--thresholds"), "were both given"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    tmp_path: Path, options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["match", str(PEOPLE), "--key", "id", "-o", str(tmp_path / "o.csv"), *options])

    assert code == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_an_output_without_its_changes_is_said_to_count_as_a_first_run(tmp_path: Path) -> None:
    run(tmp_path, "match", str(PEOPLE), "--key", "id", "-o", "a.csv")
    done = run(tmp_path, "match", str(PEOPLE), "--key", "id", "--previous", "a.csv", "-o", "b.csv")
    again = run(tmp_path, "match", str(PEOPLE), "--key", "id", "--previous", "b.csv", "-o", "c.csv")

    assert "no a.changes.csv: a.csv counts as a first run" in done.stderr
    assert "counts as a first run" not in again.stderr
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def test_a_folder_keeps_ids_while_records_come_change_and_leave(tmp_path: Path) -> None:
    rows = read(PEOPLE)
    changed = {**rows[0], "surname": "someone", "given": "else"}
    write(tmp_path / "first.csv", rows[:200])
    write(tmp_path / "second.csv", [*rows[200:230], changed])
    write(tmp_path / "gone.csv", [{"id": row["id"]} for row in rows[5:9]])
    common = ("--key", "id", "--identity", "ids")
    run(tmp_path, "match", "first.csv", *common, "-o", "a.csv")
    done = run(
        tmp_path, "match", "second.csv", *common, "--deleted", "gone.csv", "--mode", "settle",
        "--rows", "all", "-o", "b.csv", "--json",
    )  # fmt: skip
    checked = run(tmp_path, "identity", "check", "ids", "--json")
    since = run(tmp_path, "identity", "events", "ids", "--since", "200")
    resolved = run(tmp_path, "identity", "resolve", "ids", "0")
    run(tmp_path, "identity", "events", "ids", "-o", "events.csv")
    ids = ids_in(tmp_path / "b.csv")

    run(tmp_path, "identity", "delete", "ids", "--deleted", "first.csv", "-o", "left.csv")

    assert {row["event"] for row in read(tmp_path / "left.csv")} >= {"left", "retired"}
    assert json.loads(done.stdout)["rows"] == 226
    assert json.loads(checked.stdout)["records"] == 226
    assert {*ids} == {row["id"] for row in rows[:230]} - {row["id"] for row in rows[5:9]}
    assert replayed(tmp_path / "b.changes.csv", ids_in(tmp_path / "a.csv")) == ids
    assert replayed(tmp_path / "events.csv", {}) == ids
    first, *_ = (json.loads(line) for line in since.stdout.splitlines())
    assert (first["seq"], first["run"], first["event"]) == (201, 2, "left")
    assert int(resolved.stdout) in ids.values()


def test_the_folder_of_a_refused_batch_stays_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = read(PEOPLE)
    write(tmp_path / "first.csv", rows[:60])
    write(tmp_path / "narrow.csv", [{"id": "new", "surname": "smith"}])
    run(tmp_path, "match", "first.csv", "--key", "id", "--identity", "ids", "-o", "a.csv")
    before = {path: path.read_bytes() for path in (tmp_path / "ids").rglob("*.*")}
    with chdir(tmp_path):
        code = main(["match", "narrow.csv", "--key", "id", "--identity", "ids", "-o", "b.csv"])

        kinds = ["--kinds", "surname=text"]
        again = main(
            ["match", "first.csv", "--key", "id", "--identity", "ids", *kinds, "-o", "c.csv"]
        )

    errors = capsys.readouterr().err
    assert (code, again) == (1, 2)
    assert "the new records lack" in errors
    assert "the first run of ids has fixed the kinds" in errors
    assert {path: path.read_bytes() for path in (tmp_path / "ids").rglob("*.*")} == before


@pytest.mark.parametrize("folder", ["file", "missing/ids"])
def test_a_folder_that_cannot_be_made_is_refused_before_the_work(
    tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    with chdir(tmp_path):
        code = main(["match", str(PEOPLE), "--key", "id", "--identity", folder, "-o", "out.csv"])

    assert code == 1
    assert f"cannot write {folder}" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("resolve", "ids"), "give an ID with resolve"),
        (("check", "ids", "5"), "give an ID with resolve"),
        (("delete", "ids"), "give --deleted KEYS with delete"),
        (("check", "ids", "--since", "3"), "go with events"),
        (("check", "nowhere"), "no identity folder at nowhere"),
    ],
)
def test_wrong_use_of_the_identity_command_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with chdir(tmp_path):
        assert main(["identity", *arguments]) in (1, 2)

    assert words in capsys.readouterr().err
