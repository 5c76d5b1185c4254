from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.demo import load_known_table
from matchloop.demo.customers import COLUMNS
from matchloop.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / "tableA.csv").write_text("id,name,price\n1,pen,2\n2,ink,\n3,cup,9\n")
    (tmp_path / "shops" / "tableB.csv").write_text("id,name,maker\n1,a cup,x\n2,a pen,y\n")
    (tmp_path / "shops" / "gold.csv").write_text("id_a,id_b\n1,2\n3,1\n")
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "records.csv").write_text("id,name\nx,Ann\ny,Ann M\nz,Bob\n")
    (tmp_path / "list" / "gold.csv").write_text("id_a,id_b\nx,y\n")
    return tmp_path


def test_two_tables_become_one_with_a_source(folder: Path) -> None:
    known = load_known_table(str(folder / "shops"))
    keys = known.records.keys.to_pylist()
    true = {
        frozenset((keys[left], keys[right]))
        for left, right in zip(known.left, known.right, strict=True)
    }

    assert sorted(keys) == ["A-1", "A-2", "A-3", "B-1", "B-2"]
    assert known.records.source == "table"
    assert true == {frozenset(("A-1", "B-2")), frozenset(("A-3", "B-1"))}
    assert set(known.records.columns) == {"name", "price", "maker"}


def test_records_of_one_table_are_found_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHLOOP_DATA", str(folder))
    known = load_known_table("list")
    keys = known.records.keys.to_pylist()
    entity = dict(zip(keys, known.entity.tolist(), strict=True))

    assert known.records.source is None
    assert entity["x"] == entity["y"] != entity["z"]


def test_rows_are_shuffled_by_the_seed(folder: Path) -> None:
    orders = {
        tuple(load_known_table(str(folder / "shops"), seed=seed).records.keys.to_pylist())
        for seed in range(8)
    }

    assert len(orders) > 1


def test_no_such_table_says_where_it_was_looked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHLOOP_DATA", str(folder))

    with pytest.raises(InputError, match=r"no table at nope and .*nope"):
        load_known_table("nope")


def test_a_truth_about_other_records_is_refused(folder: Path) -> None:
    (folder / "list" / "gold.csv").write_text("id_a,id_b\nx,nobody\n")

    with pytest.raises(InputError, match="'nobody'"):
        load_known_table(str(folder / "list"))


def test_without_a_folder_the_table_is_of_invented_customers() -> None:
    known = load_known_table(seed=3)
    again = load_known_table(seed=3)

    assert known.records.table.equals(again.records.table)
    assert set(known.records.columns) == set(COLUMNS)
    assert len(set(known.entity.tolist())) >= 700
    assert len(known.records) > 1000
