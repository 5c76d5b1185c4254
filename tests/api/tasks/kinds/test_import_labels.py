from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.ledger import undo
from matchloop_api.store import RunStatus, RunType
from matchloop_api.tasks.kinds import KINDS

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop

LabelRow = Callable[..., list[object]]


def said(shop: Shop, transform_id: str) -> list[tuple[str, str, str]]:
    labels = shop.labels(transform_id)
    if labels is None:
        return []
    rows = labels.table().to_pylist()
    return [(row["labeling_set_id"], row["id"], row["label"]) for row in rows]


def test_an_import_makes_a_transform_ready(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    rows: list[Sequence[object]] = [header]
    rows += (label_row("s", label, n) for n, label in ((1, "A"), (2, "A"), (3, "B")))

    run = shop.import_rows(people, rows)

    transform = shop.transform(people)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    assert (transform.status, transform.label_count) == ("READY", 3)
    assert said(shop, people) == [("s", "1", "A"), ("s", "2", "A"), ("s", "3", "B")]


def test_one_kind_of_answer_is_not_enough_and_a_replacement_can_take_readiness_away(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    shop.import_rows(people, [header, label_row("s", "A", 1), label_row("s", "A", 2)])
    first = shop.transform(people).status
    shop.import_rows(people, [header, label_row("t", "A", 1), label_row("t", "B", 3)])
    both = shop.transform(people).status
    shop.import_rows(people, [header, label_row("u", "A", 1)], replace_all=True)

    assert (first, both) == ("NOT_READY", "READY")
    assert shop.transform(people).status == "NOT_READY"
    assert said(shop, people) == [("u", "1", "A")]
    assert shop.transform(people).label_count == 1


def test_a_later_import_wins_and_says_what_it_changed(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    shop.import_rows(
        people, [header, label_row("s", "A", 1), label_row("s", "A", 2), label_row("s", "B", 3)]
    )

    run = shop.import_rows(
        people,
        [
            header,
            label_row("s", "A", 1),  # the same
            label_row("s", "B", 2),  # another label
            label_row("s", " ", 4),  # blank
            label_row("s", "B", 5, name="Somebody"),  # not as in the table
            ["s", "C", "99", "Nobody", "Nowhere"],  # not in the table
        ],
    )

    assert run.error is None
    assert said(shop, people) == [
        ("s", "1", "A"),
        ("s", "2", "B"),
        ("s", "3", "B"),
        ("s", "5", "B"),
        ("s", "99", "C"),
    ]
    with shop.store.reading() as tx:
        report = tx.ledger.events(people)[-1].report
    told = {name: report[name] for name in report if name != "told"}
    assert told == {
        "rows": 5,
        "blank": 1,
        "identical": 1,
        "replaced": 1,
        "unknown": 1,
        "differing": 1,
        "single": 0,
        "large": 0,
    }
    log = shop.log(run)
    assert "1 row without a label was ignored" in log
    assert "'99'" in log


def test_columns_may_stand_in_any_order(shop: Shop, people: str) -> None:
    run = shop.import_rows(
        people,
        [
            ["city", "label", "id", "name", "labeling_set_id"],
            ["Berlin", "A", "1", "John Doe", "s"],
        ],
    )

    assert run.error is None
    labels = shop.labels(people)
    assert labels is not None
    assert labels.table().column_names == ["labeling_set_id", "label", "id", "name", "city"]
    assert said(shop, people) == [("s", "1", "A")]


def as_bytes(*lines: bytes) -> bytes:
    return b"\n".join((b"labeling_set_id,label,id,name,city", *lines))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"set,label,id,name,city\ns,A,1,J,B\n", "line 1: labels lack", id="header"),
        pytest.param(
            b"labeling_set_id,label,id,name,city,zip\ns,A,1,J,B,9\n",
            "line 1: labels have columns that are not in the table: 'zip'",
            id="unknown column",
        ),
        pytest.param(
            b"labeling_set_id,label,id,name\ns,A,1,J\n", "no column 'city'", id="missing column"
        ),
        pytest.param(
            b"labeling_set_id,label,id,id,name,city\ns,A,1,1,J,B\n",
            "line 1: labels hold a column twice: 'id'",
            id="column twice",
        ),
        pytest.param(
            as_bytes(b"s,A,1,John,Berlin", b"s,A,2,John"), "line 3: the row has 4", id="short row"
        ),
        pytest.param(as_bytes(b's,A,1,"John,Berlin'), "line 2: a quote opens", id="open quote"),
        pytest.param(
            "labeling_set_id,label\ns,A\n".encode("utf-16"), "line 1: labels", id="UTF-16"
        ),
        pytest.param(as_bytes(b"s,,1,J,B", b"s, ,2,J,B"), "no row of 2 has a label", id="blank"),
        pytest.param(as_bytes(b"s,A,77,J,B"), "none of the 1 labelled keys", id="foreign"),
        pytest.param(as_bytes(), "has a header and no rows", id="no rows"),
    ],
)
@pytest.mark.parametrize("replace_all", [False, True])
def test_a_file_that_cannot_be_used_changes_nothing(
    shop: Shop,
    people: str,
    label_row: LabelRow,
    header: list[str],
    content: bytes,
    text: str,
    replace_all: bool,
) -> None:
    shop.import_rows(people, [header, label_row("s", "A", 1), label_row("s", "B", 3)])
    before = (shop.transform(people), said(shop, people))
    (shop.folder / "bad.csv").write_bytes(content)

    run = shop.run(
        RunType.IMPORT_LABELS, people, InputS3Path=shop.uri("bad.csv"), Replace=replace_all
    )

    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert text in run.error
    assert "\n" not in run.error
    assert (shop.transform(people), said(shop, people)) == before


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_line_end_are_fine(
    shop: Shop, people: str
) -> None:
    content = "\ufefflabeling_set_id,label,id,name,city\r\ns,A,5,Zoë Müller,\r\ns,B,1,J,B"
    (shop.folder / "dos.csv").write_bytes(content.encode())

    run = shop.run(RunType.IMPORT_LABELS, people, InputS3Path=shop.uri("dos.csv"))

    assert run.error is None
    assert said(shop, people) == [("s", "5", "A"), ("s", "1", "B")]


def test_a_set_too_large_to_be_meant_is_refused(shop: Shop, people: str) -> None:
    rows: list[Sequence[object]] = [["labeling_set_id", "label", "id", "name", "city"]]
    rows += [["s", "A", str(n), "x", "y"] for n in range(5001)]

    run = shop.import_rows(people, rows)

    assert run.error is not None
    assert "set 's' holds 5,001 rows, at most 5,000" in run.error


def test_an_import_that_another_overtakes_counts_both(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    first = shop.write_csv("first.csv", [header, label_row("s", "A", 1), label_row("s", "A", 2)])
    run = shop.begin(RunType.IMPORT_LABELS, people, InputS3Path=first, Replace=False)
    work = shop.carried(run)
    commit = KINDS[RunType.IMPORT_LABELS](work)
    shop.import_rows(people, [header, label_row("s", "B", 2), label_row("s", "B", 3)])
    work.succeed(commit)

    transform = shop.transform(people)
    assert said(shop, people) == [("s", "2", "A"), ("s", "3", "B"), ("s", "1", "A")]
    assert (transform.label_count, transform.status) == (3, "READY")


def test_an_import_can_be_undone(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    shop.import_rows(people, [header, label_row("s", "A", 1), label_row("s", "A", 2)])
    shop.import_rows(people, [header, label_row("t", "B", 3)], replace_all=True)

    undo(shop.store, people, 2, now=datetime.now(UTC))

    assert said(shop, people) == [("s", "1", "A"), ("s", "2", "A")]
    assert shop.transform(people).label_count == 2


def test_a_deleted_table_is_told(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    with shop.store.writing() as tx:
        tx.resources.remove("table", "people", scope="db")

    run = shop.import_rows(people, [header, label_row("s", "A", 1)])

    assert run.error == "the table db.people is not in the catalog any more"


def test_a_deleted_transform_takes_no_labels(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    uri = shop.write_csv("labels.csv", [header, label_row("s", "A", 1)])
    run = shop.begin(RunType.IMPORT_LABELS, people, InputS3Path=uri, Replace=False)
    work = shop.carried(run)
    commit: Any = KINDS[RunType.IMPORT_LABELS](work)
    with shop.store.writing() as tx:
        tx.transforms.remove(people)
        with pytest.raises(KeyError):
            commit(tx)


def test_two_files_that_number_their_sets_alike_stay_two(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    shop.import_rows(people, [header, label_row("0", "A", 1), label_row("0", "A", 2)])

    run = shop.import_rows(people, [header, label_row("0", "A", 3), label_row("0", "B", 4)])

    assert run.error is None
    assert said(shop, people) == [
        ("0", "1", "A"), ("0", "2", "A"), ("0 (2)", "3", "A"), ("0 (2)", "4", "B"),
    ]  # fmt: skip
    assert "1 set has the id of a set of other rows" in shop.log(run)
    shop.import_rows(people, [header, label_row("0", "A", 3), label_row("0", "A", 4)])
    assert said(shop, people)[2:] == [("0 (2)", "3", "A"), ("0 (2)", "4", "A")]


def test_a_header_among_the_rows_is_left_out(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    rows: list[Sequence[object]] = [header, label_row("0", "A", 1), label_row("0", "A", 2)]
    marked = ["\ufeff" + header[0], *header[1:]]

    run = shop.import_rows(people, [*rows, marked, label_row("1", "A", 3), label_row("1", "B", 4)])

    assert run.error is None
    assert [one for one, _, _ in said(shop, people)] == ["0", "0", "1", "1"]
    assert "1 header among the rows was left out" in shop.log(run)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([("0", "a", 1), ("0", "A", 2)], "set '0' holds the labels 'a', 'A', which differ by case"),
        ([("0", "no", 1), ("0", "no", 2)], "set '0' has 'no' for labels, which look like answers"),
        (
            [("0", "1", 1), ("0", "1", 2), ("1", "0", 3), ("1", "0", 4)],
            "all 2 sets of two rows have '1' on both rows or '0' on both",
        ),
        (
            [("0", "A", 1), ("1", "A", 3), ("", "header", 0), ("0", "A", 2)],
            "the file holds 1 further headers, and the sets '0' have other rows below them",
        ),
    ],
)
def test_labels_that_would_be_taken_wrong_change_nothing(
    answers: list[tuple[str, str, int]],
    error: str,
    shop: Shop,
    people: str,
    label_row: LabelRow,
    header: list[str],
) -> None:
    shop.import_rows(people, [header, label_row("x", "A", 5), label_row("x", "A", 6)])
    rows = [label_row(*one) if one[2] else header for one in answers]

    run = shop.import_rows(people, [header, *rows], replace_all=True)

    assert run.status is RunStatus.FAILED
    assert error in str(run.error)
    assert said(shop, people) == [("x", "5", "A"), ("x", "6", "A")]


def test_a_later_file_may_not_write_the_labels_of_a_set_in_another_form(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    shop.import_rows(people, [header, label_row("x", "a", 1), label_row("x", "a", 2)])

    run = shop.import_rows(people, [header, label_row("x", "A", 2), label_row("x", "A", 3)])

    assert run.status is RunStatus.FAILED
    assert "which differ by case, spaces or decimals only" in str(run.error)


def test_labels_that_went_through_numbers_with_decimals_are_the_same_labels(
    shop: Shop, people: str, label_row: LabelRow, header: list[str]
) -> None:
    shop.import_rows(people, [header, label_row("x", "1", 1), label_row("x", "2", 2)])

    run = shop.import_rows(people, [header, label_row("x", "2.0", 1), label_row("x", "1.0", 3)])

    assert "1 set writes a label as 1 and as 1.0" in shop.log(run)
    assert said(shop, people) == [("x", "1", "2"), ("x", "2", "2"), ("x", "3", "1")]
