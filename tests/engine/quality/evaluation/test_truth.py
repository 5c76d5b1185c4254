from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from matchloop.cli import main
from matchloop.data.records import Kind, Records
from matchloop.errors import InputError, TableError
from matchloop.quality.evaluation import GivenTruth, groups_by_key, read_truth

Read = Callable[[str], GivenTruth]

RECORDS = Records(
    pa.table({"id": ["1", "2", "3", "4"], "name": ["Ann", "Anne", "Bob", "Cleo"]}),
    "id",
    {"name": Kind.NAME},
)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> GivenTruth:
        (tmp_path / "truth.csv").write_text(text, encoding="utf-8")
        return read_truth(tmp_path / "truth.csv", RECORDS)

    return read


def partition(groups: NDArray[np.int64]) -> list[list[int]]:
    return sorted(np.flatnonzero(groups == one).tolist() for one in np.unique(groups))


def test_entities_are_read_by_key_whatever_their_order(read: Read) -> None:
    truth = read("entity,id\nb,3\na,2\nx,9\na,1\nb,4\n")

    assert truth.pairs is None
    assert partition(truth.groups) == [[0, 1], [2, 3]]


@pytest.mark.parametrize("columns", ["id,note,entity", "note,Cluster ID,id", "true_group,note,id"])
def test_the_entity_is_told_by_its_name_among_other_columns(columns: str, read: Read) -> None:
    rows = [("1", "a", "x"), ("2", "a", "y"), ("3", "b", "x"), ("4", "c", "y")]
    names = columns.split(",")
    places = [names.index("id"), next(i for i, n in enumerate(names) if n not in ("id", "note"))]
    order = [*places, names.index("note")]
    lines = [",".join(row[order.index(at)] for at in range(3)) for row in rows]

    truth = read("\n".join([columns, *lines]))

    assert partition(truth.groups) == [[0, 1], [2], [3]]
    assert truth.notes == ("columns that were not used: 'note'",)


def test_a_column_can_be_named_where_its_name_does_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("id,city,who\n1,x,a\n2,y,a\n3,x,b\n4,y,c\n")

    assert partition(read_truth(path, RECORDS, columns=["who"]).groups) == [[0, 1], [2], [3]]
    with pytest.raises(InputError, match="not 'nobody'"):
        read_truth(path, RECORDS, columns=["nobody"])


@pytest.mark.parametrize(
    "header",
    [
        "_id,ltable_id,rtable_id,label", "n,id_1,id_2,is_match", "n,left,right,gold",
        "n,idA,idB,Match", "n,record_id_l,record_id_r,same",
    ],
)  # fmt: skip
def test_pairs_with_an_answer_that_is_no_are_no_matches(header: str, read: Read) -> None:
    truth = read(f"{header}\n0,1,2,1\n1,3,4,0\n2,4,1,0.0\n3,2,3,\n")

    assert truth.pairs is not None
    assert truth.others is not None
    assert [ends.tolist() for ends in truth.pairs] == [[0], [1]]
    assert [ends.tolist() for ends in truth.others] == [[2, 3], [3, 0]]
    assert "1 pair without an answer was left out" in truth.notes


def test_pairs_of_a_record_with_itself_and_of_unknown_keys_are_left_out_with_a_word(
    read: Read,
) -> None:
    truth = read("left_id,right_id\n1,2\n2,1\n3,3\n4,7\n")

    assert partition(truth.groups) == [[0, 1], [2], [3]]
    assert truth.notes == (
        "1 pair with a key that the table lacks was left out: '7'",
        "1 pair of a record with itself was left out",
    )


def test_pairs_with_scores_all_count_as_matches_with_a_word(read: Read) -> None:
    truth = read("left_id,right_id,score\n1,2,0.9\n3,4,0.1\n")

    assert partition(truth.groups) == [[0, 1], [2, 3]]
    assert truth.notes == (
        "every pair counts as a match, whatever its 'score'; if only some match, name a column of "
        "answers by --truth-columns",
    )


def test_a_record_without_an_entity_is_alone(read: Read) -> None:
    truth = read("id,entity\n1,a\n2,a\n3,\n4,\n9,\n")

    assert partition(truth.groups) == [[0, 1], [2], [3]]
    assert truth.notes == (
        "2 records have no value of 'entity'; each was taken as an entity of its own",
    )


def test_a_key_may_repeat_with_the_same_entity(read: Read) -> None:
    assert partition(read("id,entity\n1,a\n2,a\n3,b\n4,c\n2,a\n").groups) == [[0, 1], [2], [3]]


def test_columns_without_known_names_are_named_as_pairs(read: Read) -> None:
    assert read("one,other\n1,2\n").notes == (
        "'one', 'other' were taken as the two keys of a pair",
    )


def test_pairs_are_kept_and_their_components_are_groups(read: Read) -> None:
    truth = read("left,right\n1,2\n4,2\n")

    assert truth.pairs is not None
    assert [ends.tolist() for ends in truth.pairs] == [[0, 3], [1, 1]]
    assert partition(truth.groups) == [[0, 1, 3], [2]]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("id,entity\n1,a\n2,a\n", "lacks 2 keys of the table: '3', '4'; name every record"),
        ("id\n1\n2\n", "has one column, 'id'; expected 'id' and what each record is, or two"),
        ("left,right\n1,7\n", "1 keys of the truth are not in the table: '7'; give pairs of 'id'"),
        ("left,right\n1.0,2.0\n3,4\n", "'1.0' is '1' in the table; keep the keys as text"),
        ("id,entity\n01,a\n02,a\n03,b\n04,b\n", "'01' is '1' in the table; keep the keys as"),
        ("id,city,who\n1,x,a\n", "which one says what each record is cannot be told; call it"),
        ("id,entity,cluster\n1,x,a\n", "which one says what each record is cannot be told"),
        ("one,other,score\n1,2,.5\n", "which two hold keys of a pair cannot be told; call them"),
        ("left,right,ok\n1,2,1\n3,4,0\n", "the columns 'ok' beside the keys, which look like"),
        ("nr,entity\n1,2\n2,2\n3,3\n4,4\n", "lacks the key column 'id' beside 'entity'; it has"),
        ("id,entity\n1,a\n2,a\n3,b\n4,c\n2,b\n", "has the key '2' twice, with different values"),
        ("left,right,label\n1,2,perhaps\n", "has 'perhaps' in 'label', which is no answer"),
    ],
)
def test_the_truth_of_another_table_is_refused(text: str, named: str, read: Read) -> None:
    with pytest.raises(InputError, match=named):
        read(text)


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(TableError, match=r"nowhere\.csv"):
        read_truth("nowhere.csv", RECORDS)


def test_keys_and_groups_may_be_of_any_type() -> None:
    table = pa.table({"id": [4, 3, 2, 1], "group": [0.5, float("nan"), None, 0.5]})

    assert partition(groups_by_key(RECORDS, table, "group", name="t")) == [[0, 3], [1], [2]]


@pytest.mark.parametrize("command", [["evaluate"], ["promote"]])
def test_the_commands_refuse_another_tables_truth_in_one_line(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, truth = tmp_path / "people.csv", tmp_path / "truth.csv"
    table.write_text("id,name,match_id\n1,Ann,0\n2,Anne,0\n")
    truth.write_text("id,entity\n1,a\n")
    files = [str(table)] * (3 if command == ["promote"] else 1)

    assert main([*command, *files, "--key", "id", "--truth", str(truth)]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.endswith("truth.csv lacks 1 keys of the table: '2'; name every record of it")
