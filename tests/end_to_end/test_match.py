"""The main job: what comes out, in which order, with which bytes.

Processes that the tests start grow whole forests, commands in this process small ones.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from cProfile import Profile
from pathlib import Path
from pstats import Stats

import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from end_to_end.csv_rows import read, write
from matchloop.cli import main

pytestmark = pytest.mark.usefixtures("small_forests")

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ROOT / "data" / "people.csv"
TRUTH = ROOT / "data" / "people_truth.csv"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process; :func:`run_process` starts one."""
    out, words = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(words):
        code = main(arguments)
    assert code == 0, words.getvalue()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), words.getvalue())


def run_process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _started(folder, "-m", "matchloop", *arguments)


def run_python(folder: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return _started(folder, "-c", program, **environment)


def _started(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with questions about the people and their answers, looked up in the truth."""
    folder = tmp_path_factory.mktemp("answered")
    run(folder, "ask", str(PEOPLE), "--key", "id", "--sets", "10", "-o", "questions.csv")
    person = {row["id"]: row["person"] for row in read(TRUTH)}
    rows = read(folder / "questions.csv")
    write(folder / "labels.csv", [{**row, "label": person[row["id"]]} for row in rows])
    return folder


@pytest.fixture(scope="module")
def trained(answered: Path) -> Path:
    """The same folder with a model, and the people in two tables, the first of them matched."""
    rows = read(PEOPLE)
    write(answered / "first.csv", [{**row, "match_id": str(n)} for n, row in enumerate(rows[:300])])
    write(answered / "second.csv", rows[300:])
    run(answered, "train", str(PEOPLE), "--key", "id", "--labels", "labels.csv", "-o", "p.model")
    return answered


def rows_of(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        return [dict(row) for row in read(path)]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [dict(row) for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_rows_keep_their_order_and_columns_and_get_two_more(tmp_path: Path, suffix: str) -> None:
    start = run_process if suffix == "csv" else run
    done = start(tmp_path, "match", str(PEOPLE), "--key", "id", "-o", f"out.{suffix}")
    before, after = rows_of(PEOPLE), rows_of(tmp_path / f"out.{suffix}")

    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert list(after[0])[:-2] == list(before[0])
    assert list(after[0])[-2:] == ["match_id", "match_confidence_score"]
    assert done.stdout == ""
    assert "400 rows" in done.stderr


def test_the_formats_hold_the_same_groups(tmp_path: Path) -> None:
    table = pv.read_csv(PEOPLE, convert_options=pv.ConvertOptions(strings_can_be_null=True))
    pq.write_table(table.cast(table.schema), tmp_path / "people.parquet")
    run(tmp_path, "match", "people.parquet", "--key", "id", "-o", "out.parquet")
    run(tmp_path, "match", "people.parquet", "--key", "id", "-o", "out.jsonl")

    ids = [
        [row["match_id"] for row in rows_of(tmp_path / f"out.{s}")] for s in ("parquet", "jsonl")
    ]
    assert ids[0] == ids[1]


def test_the_same_bytes_for_any_hash_seed_and_thread_count(answered: Path) -> None:
    typed = [str(PEOPLE), "--key", "id"]
    taught = [*typed, "--labels", "labels.csv"]
    made = []
    for seed, threads in (("0", "1"), ("4242", "2")):
        outs = [f"{name}-{seed}.csv" for name in ("cold", "taught", "more")]
        calls = zip((["match", *typed], ["match", *taught], ["ask", *taught]), outs, strict=True)
        # one process for all three: each start takes seconds of CPU
        run_python(
            answered,
            "import sys; from matchloop.cli import main\n"
            "from matchloop.matching.learning import training; training.TREES = 60\n"
            f"sys.exit(max(main([*typed, '-o', out]) for typed, out in {list(calls)}))",
            PYTHONHASHSEED=seed,
            NUMBA_NUM_THREADS=threads,
            OMP_NUM_THREADS=threads,
            OPENBLAS_NUM_THREADS=threads,
        )
        made.append([(answered / out).read_bytes() for out in outs])

    assert made[0] == made[1]


def test_questions_hold_matches_and_others_in_the_first_two_sets(answered: Path) -> None:
    rows = rows_of(answered / "labels.csv")
    names = list(dict.fromkeys(row["labeling_set_id"] for row in rows))

    assert len(names) == 10
    for name in names[:2]:
        labels = [row["label"] for row in rows if row["labeling_set_id"] == name]
        assert 1 < len(set(labels)) < len(labels)


def test_labels_do_not_make_it_worse(answered: Path) -> None:
    found = {}
    for name, labels in (("cold", ()), ("taught", ("--labels", "labels.csv"))):
        run(answered, "match", str(PEOPLE), "--key", "id", *labels, "-o", f"{name}.csv")
        told = run(
            answered, "evaluate", f"{name}.csv", "--key", "id", "--truth", str(TRUTH), "--json"
        )
        found[name] = json.loads(told.stdout)["pairs"]["f1"]

    assert found["cold"] > 0.8
    assert found["taught"] >= found["cold"] - 0.02


def test_a_saved_model_matches_as_well(trained: Path) -> None:
    for name in ("once.csv", "again.csv"):
        run(trained, "match", str(PEOPLE), "--key", "id", "--model", "p.model", "-o", name)
    told = run(trained, "evaluate", "once.csv", "--key", "id", "--truth", str(TRUTH), "--json")

    assert (trained / "once.csv").read_bytes() == (trained / "again.csv").read_bytes()
    assert json.loads(told.stdout)["pairs"]["f1"] > 0.9


def test_what_is_typed_overrides_what_a_model_was_saved_with(answered: Path) -> None:
    run(
        answered, "train", str(PEOPLE), "--key", "id", "--labels", "labels.csv",
        "--max-size", "3", "-o", "small.model",
    )  # fmt: skip
    largest = {}
    for name, typed in (("saved", ()), ("typed", ("--max-size", "2"))):
        done = run(
            answered, "match", str(PEOPLE), "--key", "id", "--model", "small.model", *typed,
            "-o", f"{name}.csv", "--json",
        )  # fmt: skip
        largest[name] = json.loads(done.stdout)["largest"]

    assert largest == {"saved": 3, "typed": 2}


def test_enforced_labels_are_kept_exactly(answered: Path) -> None:
    run(
        answered, "match", str(PEOPLE), "--key", "id", "--labels", "labels.csv",
        "--enforce-labels", "-o", "kept.csv",
    )  # fmt: skip
    group = {row["id"]: row["match_id"] for row in rows_of(answered / "kept.csv")}
    rows = rows_of(answered / "labels.csv")

    for one in rows:
        for other in rows:
            if one["labeling_set_id"] == other["labeling_set_id"]:
                same = one["label"] == other["label"]
                assert (group[one["id"]] == group[other["id"]]) == same


def test_evaluating_on_labels_gives_glues_metrics(answered: Path) -> None:
    done = run(answered, "evaluate", str(PEOPLE), "--key", "id", "--labels", "labels.csv", "--json")
    told = json.loads(done.stdout)

    assert 0.5 < told["AreaUnderPRCurve"] <= 1
    assert set(told["ConfusionMatrix"]) == {
        "NumTruePositives", "NumFalsePositives", "NumTrueNegatives", "NumFalseNegatives"
    }  # fmt: skip
    assert told["ColumnImportances"]


def test_a_pair_is_explained_in_the_terminal_and_as_json(answered: Path) -> None:
    call = ("explain", str(PEOPLE), "--key", "id", "--labels", "labels.csv", "0", "1")
    drawn = run(answered, *call).stdout
    told = json.loads(run(answered, *call, "--json").stdout)

    assert "average pair" in drawn
    assert "probability" in drawn
    assert told["base"] + sum(one["amount"] for one in told["contributions"]) == pytest.approx(
        told["probability"]
    )
    assert {one["name"] for one in told["contributions"]} >= {"surname", "record", "rivals"}


def test_blocking_is_explained(answered: Path) -> None:
    done = run(
        answered, "match", str(PEOPLE), "--key", "id", "--labels", "labels.csv",
        "--block", "surname[:3], postcode", "--explain-blocking", "-o", "explained.csv",
    )  # fmt: skip

    assert "surname[:3], postcode" in done.stderr
    assert "known matches found" in done.stderr


def test_new_records_join_the_groups_of_an_earlier_run(answered: Path) -> None:
    lines = PEOPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    (answered / "old.csv").write_text("".join(lines[:301]), encoding="utf-8")
    (answered / "new.csv").write_text("".join([lines[0], *lines[301:]]), encoding="utf-8")
    common = ("--key", "id", "--labels", "labels.csv")
    run(answered, "match", "old.csv", *common, "-o", "old_matched.csv")
    run(
        answered, "match", "new.csv", *common, "--incremental", "old_matched.csv",
        "-o", "new_matched.csv",
    )  # fmt: skip
    old = {row["match_id"] for row in rows_of(answered / "old_matched.csv")}
    new = [row["match_id"] for row in rows_of(answered / "new_matched.csv")]

    assert len(new) == 100
    assert 0 < sum(number in old for number in new) < 100


def test_an_incremental_run_counts_and_tells_what_became_of_all_groups(tmp_path: Path) -> None:
    rows = read(PEOPLE)
    write(tmp_path / "old.csv", [{**row, "match_id": str(n)} for n, row in enumerate(rows[:390])])
    write(tmp_path / "new.csv", [{**row, "vip": "yes"} for row in rows[390:]])
    done = run(
        tmp_path, "match", "new.csv", "--key", "id", "--incremental", "old.csv",
        "-o", "out.csv", "--json",
    )  # fmt: skip
    told = json.loads(done.stdout)
    changes, written = rows_of(tmp_path / "out.changes.csv"), rows_of(tmp_path / "out.csv")
    moved = [row for row in changes if row["event"] == "moved"]

    joined = told["changes"]["joined"]
    assert told["matched"] >= joined == [row["event"] for row in changes].count("joined") > 0
    assert len(changes) == told["changes_file"]["rows"]
    assert len(moved) > 0
    assert {row["previous_match_id"] for row in moved} == {
        str(n) for n, row in enumerate(rows[:390]) if row["id"] in {m["key"] for m in moved}
    }
    assert {row["vip"] for row in written} == {"yes"}
    assert "'vip', which the new ones have; it is kept and not compared" in done.stderr


@pytest.mark.parametrize(
    "more",
    [(), ("--explain-blocking",), ("--incremental", "first.csv", "--explain-blocking")],
)
@pytest.mark.parametrize("taught", [("--labels", "labels.csv"), ("--model", "p.model")])
def test_a_table_is_blocked_once(
    trained: Path, taught: tuple[str, ...], more: tuple[str, ...]
) -> None:
    file = "second.csv" if "--incremental" in more else str(PEOPLE)

    with Profile() as profile:
        run(trained, "match", file, "--key", "id", *taught, *more, "-o", "once.csv")

    calls = {
        function: count
        for (path, _, function), (_, count, *_) in Stats(profile).stats.items()  # type: ignore[attr-defined]
        if path.endswith(os.path.join("backends", "local.py"))
    }
    assert calls["prepare"] == 1


def test_a_list_column_that_is_ignored_is_written_as_json(tmp_path: Path) -> None:
    rows = [{**row, "mails": [row["id"]]} for row in read(PEOPLE)]
    lines = [json.dumps(row) + "\n" for row in rows]
    (tmp_path / "people.jsonl").write_text("".join(lines), encoding="utf-8")

    run(tmp_path, "match", "people.jsonl", "--key", "id", "--kinds", "mails=ignore", "-o", "o.csv")

    assert [row["mails"] for row in rows_of(tmp_path / "o.csv")] == [
        json.dumps(row["mails"]) for row in rows
    ]


def test_removing_duplicates_keeps_the_first_row_of_each_group(tmp_path: Path) -> None:
    run(tmp_path, "match", str(PEOPLE), "--key", "id", "-o", "all.csv")
    run(tmp_path, "match", str(PEOPLE), "--key", "id", "--remove-duplicates", "-o", "one.csv")
    first: dict[object, object] = {}
    for row in rows_of(tmp_path / "all.csv"):
        first.setdefault(row["match_id"], row["id"])

    assert [row["id"] for row in rows_of(tmp_path / "one.csv")] == list(first.values())
