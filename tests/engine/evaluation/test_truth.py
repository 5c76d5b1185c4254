from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from matchloop.cli import main
from matchloop.errors import InputError, TableError
from matchloop.evaluation import GivenTruth, groups_by_key, read_truth
from matchloop.records import Kind, Records

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


def test_the_first_other_column_says_what_a_record_is(read: Read) -> None:
    truth = read("id,entity,note\n1,a,x\n2,a,y\n3,b,x\n4,c,y\n")

    assert partition(truth.groups) == [[0, 1], [2], [3]]


def test_a_record_without_an_entity_is_alone(read: Read) -> None:
    truth = read("id,entity\n1,a\n2,a\n3,\n4,\n")

    assert partition(truth.groups) == [[0, 1], [2], [3]]


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
        ("left,right\n1,7\n", "1 keys of the truth are not in the table: '7'"),
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
