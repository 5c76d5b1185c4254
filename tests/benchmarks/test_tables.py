import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tables import data_folder, load_table, names, pairs_of_groups, table_from_parquet


@pytest.fixture
def linkage(tmp_path: Path) -> Path:
    folder = tmp_path / "shops"
    folder.mkdir()
    (folder / "tableA.csv").write_text("id,name,price\n1,pen,2\n2,ink,\n3,cup,9\n")
    (folder / "tableB.csv").write_text("id,name,maker\n1,a cup,x\n2,a pen,y\n")
    (folder / "gold.csv").write_text("id_a,id_b\n1,2\n3,1\n")
    (folder / "pairs_test.csv").write_text("id_a,id_b,label\n1,2,1\n2,2,0\n")
    return tmp_path


@pytest.fixture
def deduplication(tmp_path: Path) -> Path:
    folder = tmp_path / "list" / "Task"
    folder.mkdir(parents=True)
    (folder / "records.csv").write_text("id,key,source\nx-dup-1,a,web\nx-dup-0,b,\ny,c,web\n")
    (folder / "gold.csv").write_text("id_a,id_b\nx-dup-1,x-dup-0\n")
    return tmp_path


def test_both_tables_of_a_linkage_stand_in_one_with_a_source(linkage: Path) -> None:
    table = load_table("shops", folder=linkage)

    assert table.source == "source"
    assert table.columns == ["name", "price", "maker"]
    assert sorted(table.frame["source"]) == ["a", "a", "a", "b", "b"]
    assert table.sources is not None
    assert table.sources.dtype == np.int64


def test_truth_follows_the_rows_wherever_they_are_shuffled(linkage: Path) -> None:
    for seed in range(5):
        table = load_table("shops", folder=linkage, seed=seed)
        name = table.frame["name"].to_numpy()
        told = {frozenset(name[pair]) for pair in table.truth}

        assert told == {frozenset({"pen", "a pen"}), frozenset({"cup", "a cup"})}
        assert (table.truth[:, 0] < table.truth[:, 1]).all()


def test_published_splits_follow_the_rows_too(linkage: Path) -> None:
    table = load_table("shops", folder=linkage, seed=3)
    split = table.splits["test"]
    name = table.frame["name"].to_numpy()

    assert [set(name[pair]) for pair in split.pairs] == [{"pen", "a pen"}, {"ink", "a pen"}]
    assert split.is_match.tolist() == [True, False]


def test_the_same_seed_gives_the_same_table_and_another_seed_another(linkage: Path) -> None:
    one, same, other = (load_table("shops", folder=linkage, seed=seed) for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(one.frame, same.frame)
    assert not one.frame.equals(other.frame)


def test_keys_are_unique_and_say_nothing_of_the_old_ones(deduplication: Path) -> None:
    table = load_table("list/Task", folder=deduplication)

    assert table.frame[table.key].is_unique
    assert not table.frame[table.key].str.contains("dup").any()


def test_a_column_of_the_table_that_is_called_key_or_source_keeps_its_name(
    deduplication: Path,
) -> None:
    table = load_table("list/Task", folder=deduplication)

    assert table.key == "key_"
    assert table.source is None
    assert table.columns == ["key", "source"]


def test_an_empty_cell_is_missing(deduplication: Path) -> None:
    table = load_table("list/Task", folder=deduplication)

    assert table.frame.set_index("key")["source"].isna().to_dict() == {
        "a": False,
        "b": True,
        "c": False,
    }


def test_tables_and_tasks_of_collections_are_found_by_their_folders(
    linkage: Path, deduplication: Path
) -> None:
    assert names(linkage) == ["list/Task", "shops"]


def test_a_folder_without_a_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no table 'nothing'"):
        load_table("nothing", folder=tmp_path)


def test_an_unset_data_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATCHLOOP_DATA", raising=False)
    with pytest.raises(SystemExit, match="MATCHLOOP_DATA"):
        data_folder()


def test_pairs_of_groups_are_all_pairs_inside_each() -> None:
    pairs = pairs_of_groups(np.array([4, 2, 4, 4, 2, 9]))

    assert pairs.tolist() == [[0, 2], [0, 3], [1, 4], [2, 3]]


def test_a_parquet_file_with_entities_becomes_a_table(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    frame = pd.DataFrame({"id": [7, 8, 9], "name": ["a", "b", None], "ent": [1, 2, 1]})
    frame.to_parquet(path, index=False)

    table = table_from_parquet(path, truth="ent")

    assert table.columns == ["name"]
    assert table.truth.tolist() == [[0, 2]]


@pytest.mark.tables
@pytest.mark.parametrize(
    ("name", "rows", "pairs"),
    [("fodors_zagats", 864, 112), ("rldata500", 500, 50), ("autofj50/Galaxy", None, None)],
)
def test_a_public_table_has_the_rows_and_true_pairs_it_is_known_for(
    name: str, rows: int | None, pairs: int | None
) -> None:
    if not os.environ.get("MATCHLOOP_DATA"):
        pytest.skip("MATCHLOOP_DATA is not set")
    if not (data_folder() / name).is_dir():
        pytest.skip(f"MATCHLOOP_DATA holds no {name}")
    table = load_table(name, seed=1)

    assert len(table) == (rows or len(table))
    assert len(table.truth) == (pairs or len(table.truth)) > 0
    if table.sources is not None:
        assert (table.sources[table.truth[:, 0]] != table.sources[table.truth[:, 1]]).all()
