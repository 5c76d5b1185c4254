"""Ids from run to run, as a process: outputs, changes, folders of ids."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from end_to_end.csv_rows import Rows, read, write
from end_to_end.test_match import PEOPLE, run
from matchloop.cli import main
from matchloop.data.io import read_table
from matchloop.data.matches import match_ids_of
from matchloop.entities.identity import replay


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


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
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
