from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from matchloop.cli import main

DATA = Path(__file__).resolve().parents[3] / "data"
PEOPLE, TRUTH = str(DATA / "people.csv"), str(DATA / "people_truth.csv")


def answer(questions: Path, out: Path) -> str:
    entity = dict(line.split(",") for line in Path(TRUTH).read_text().splitlines()[1:])
    rows = list(csv.reader(questions.read_text().splitlines(keepends=True)))
    with out.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(rows[0])
        for row in rows[1:]:
            row[1] = entity[row[rows[0].index("id")]]
            written.writerow(row)
    return str(out)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return answered labels, an audit among them, and the draw."""
    folder = tmp_path_factory.mktemp("audit")
    out = folder / "q.csv"
    asked = ["ask", PEOPLE, "--key", "id", "--sets", "5", "--audit", "80", "-o", str(out)]
    assert main(asked) == 0
    return answer(out, folder / "l.csv"), f"{out}.audit"


@pytest.fixture(scope="module")
def evaluated(
    audited: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[str, str]]:
    """Return what the command prints and its page, by the files given; each is made once."""
    labels, draw = audited
    files = {
        "truth": ["--truth", TRUTH],
        "labels": ["--labels", labels],
        "audit": ["--labels", labels, "--audit", draw],
    }

    @cache
    def run(name: str, *more: str) -> tuple[str, str]:
        page, out = tmp_path_factory.mktemp("page") / "e.html", io.StringIO()
        with redirect_stdout(out):
            typed = ["evaluate", PEOPLE, "--key", "id", *files[name], "--html", str(page)]
            assert main([*typed, *more]) == 0
        return out.getvalue(), page.read_text()

    return run


def test_an_audit_gives_every_figure_an_interval_or_a_reason(
    evaluated: Callable[..., tuple[str, str]],
) -> None:
    out, text = evaluated("audit", "--json")
    told = json.loads(out)

    assert told["audit"]["f1"]["low"] <= told["audit"]["f1"]["value"] <= told["audit"]["f1"]["high"]
    assert told["audit"]["answered"] == 80
    assert told["held_out"] is None or told["held_out"]["biased"]
    assert {"curve", "calibration", "wrong", "column_importances"} <= set(told)
    assert "pairwise F1" in text
    assert "http" not in text.replace("http-equiv", "")


def test_an_audit_is_drawn_further_from_its_file(
    audited: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    labels, draw = audited
    copy = tmp_path / "copy.audit"
    copy.write_bytes(Path(draw).read_bytes())
    given = ["--labels", labels, "--sets", "0", "--audit", "20", "--audit-file", str(copy)]
    code = main(["ask", PEOPLE, "--key", "id", *given, "-o", str(tmp_path / "q.csv"), "--json"])
    told = json.loads(capsys.readouterr().out)

    assert code == 0
    assert (told["audit_pairs"], told["audit_pairs_so_far"], told["rows"]) == (20, 100, 40)


@pytest.mark.parametrize("given", ["truth", "labels"])
def test_truth_and_labels_tell_pairs_that_are_wrong_and_columns(
    given: str, evaluated: Callable[..., tuple[str, str]]
) -> None:
    told = json.loads(evaluated(given, "--json")[0])

    assert {"wrong", "column_importances", "notes"} <= set(told)


@pytest.mark.parametrize("given", ["truth", "labels", "audit"])
def test_every_printed_figure_has_an_interval_or_a_reason(
    given: str, evaluated: Callable[..., tuple[str, str]]
) -> None:
    out, page = evaluated(given)
    lines = out.splitlines()
    lines = lines[: lines.index("")]
    figures = [line for line in lines if not line.startswith("no interval")]
    reasons = "\n".join(line for line in lines if line.startswith("no interval"))
    bare = [line for line in figures if not re.search(r"  [\d.,]+ to [\d.,]+$", line)]
    without = [line.split("  ")[0] for line in bare if not line.startswith("importance of ")]

    assert len(figures) > 8
    if len(without) < len(bare):
        assert "no interval for importances: they describe the model" in reasons
    if reasons.startswith("no interval: "):
        assert len(reasons.splitlines()) <= 2
    else:
        assert all(re.search(rf"[ ,]{re.escape(name)}[,:]", reasons) for name in without)
    assert "people.csv: " in page


def test_a_threshold_typed_beside_a_saved_model_is_the_one_that_is_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model = str(tmp_path / "people.model")
    assert main(["train", PEOPLE, "--key", "id", "-o", model]) == 0
    given = ["evaluate", PEOPLE, "--key", "id", "--truth", TRUTH, "--model", model]
    capsys.readouterr()
    assert main([*given, "--threshold", "0.99"]) == 0

    assert "this matching groups from 0.99" in capsys.readouterr().out


def test_groups_that_came_with_the_table_are_no_values_of_its_wrong_pairs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with open(PEOPLE, newline="") as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / "one_group.csv").open("w", newline="") as file:
        written = csv.DictWriter(file, [*rows[0], "match_id"])
        written.writeheader()
        written.writerows({**row, "match_id": "0"} for row in rows[:10])
    given = [str(tmp_path / "one_group.csv"), "--key", "id", "--truth", TRUTH, "--json"]
    assert main(["evaluate", *given]) == 0
    wrong = json.loads(capsys.readouterr().out)["wrong"]

    assert wrong
    assert set(wrong[0]["left"]) == set(rows[0])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--sets", "0"], "--audit"),
        (["--audit", "5", "--design", "nope"], "neyman"),
    ],
)
def test_wrong_use_of_ask_is_one_line(
    given: list[str], named: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main(["ask", PEOPLE, "--key", "id", "-o", str(tmp_path / "q.csv"), *given])
    said = capsys.readouterr().err.strip().splitlines()[-1]

    assert code == 2
    assert named in said


def test_a_model_alone_has_nothing_to_compare_with(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["evaluate", PEOPLE, "--key", "id", "--model", "m", "--labels", "l.csv"])

    assert code == 2
    assert "--audit" in capsys.readouterr().err


def test_the_page_of_held_out_labels_shows_no_biased_figure_in_large(
    evaluated: Callable[..., tuple[str, str]],
) -> None:
    _, page = evaluated("labels")
    tiles = re.findall(r"<div( class=\"biased\")?><dt>(.*?)</dt>", page)

    assert [name for biased, name in tiles if biased] == ["precision", "recall", "highest F1"]
    large = [name for biased, name in tiles if not biased]
    assert large == ["labelled pairs", "labels that the groups contradict"]
    assert "Nothing on this page says how good the groups are" in page


def test_an_audit_measures_every_threshold_with_an_interval(
    evaluated: Callable[..., tuple[str, str]],
) -> None:
    rows = json.loads(evaluated("audit", "--json")[0])["thresholds"]

    assert len(rows) == 10
    for row in rows:
        for figure in ("precision", "recall"):
            assert row[figure]["low"] <= row[figure]["value"] <= row[figure]["high"]
            assert row[figure]["low"] < row[figure]["high"]


GROUPED = """\
id,name,born,price,note,a,b,c,d,e,match_id
1,Müller,30.03.71,"1.234,50",-,q,w,e,r,t,1
2,müller,30.03.1971,1234.5,,q,w,e,r,t,1
3,Meier,1.2.1980,2,x,q,w,e,r,t,2
4,Kunz,1.2.1981,3,,q,w,e,r,last,2
"""


@pytest.fixture
def grouped_page(tmp_path: Path) -> list[str]:
    """Return what the page tells of each wrong pair of groups that came with their table."""
    (tmp_path / "t.csv").write_text(GROUPED)
    (tmp_path / "truth.csv").write_text("id,entity\n1,a\n2,b\n3,c\n4,d\n")
    typed = ["evaluate", str(tmp_path / "t.csv"), "--key", "id", "--kinds", "born=date"]
    typed += ["--kinds", "price=number", "--truth", str(tmp_path / "truth.csv")]
    assert main([*typed, "--html", str(tmp_path / "p.html")]) == 0
    return (tmp_path / "p.html").read_text().split("<article")[1:]


def test_groups_without_scores_are_not_said_to_be_never_compared(grouped_page: list[str]) -> None:
    assert len(grouped_page) == 2
    assert not any("never compared" in pair for pair in grouped_page)


def test_values_that_the_engine_reads_alike_are_not_marked(grouped_page: list[str]) -> None:
    alike, different = sorted(grouped_page, key=lambda pair: "Meier" in pair)

    assert "30.03.1971" in alike
    assert "<mark>" not in alike
    marked = re.findall(r"<mark>(.*?)</mark>", different)
    assert marked == ["Meier", "Kunz", "1.2.1980", "1.2.1981", "2", "3", "t", "last"]


def test_every_column_of_a_wide_pair_is_on_the_page(grouped_page: list[str]) -> None:
    for pair in grouped_page:
        names = re.findall(r"<tr><th>(.*?)</th><td>", pair)
        assert names == ["id", "name", "born", "price", "note", "a", "b", "c", "d", "e"]
