import numpy as np
import pyarrow.compute as pc

from persons import FIELDS, LOST, make_persons


def test_the_same_seed_gives_the_same_persons_and_another_seed_others() -> None:
    one, same, other = (make_persons(500, seed=seed) for seed in (3, 3, 4))

    assert one.equals(same)
    assert not one.equals(other)


def test_a_table_has_the_rows_asked_for_and_about_seven_persons_in_ten_rows() -> None:
    table = make_persons(5_000)

    assert table.num_rows == 5_000
    assert table.column_names == ["id", *FIELDS, "ent"]
    assert 0.65 < pc.count_distinct(table["ent"]).as_py() / 5_000 < 0.75


def test_values_are_missing_as_often_as_said_or_a_little_more() -> None:
    table = make_persons(5_000)

    for name, share in LOST.items():
        assert share - 0.03 < table[name].null_count / 5_000 < share + 0.05


def test_most_repeats_agree_in_most_columns_but_not_in_all() -> None:
    frame = make_persons(5_000).to_pandas().sort_values("ent", kind="stable")
    here, there = frame.iloc[:-1], frame.iloc[1:]
    repeat = here["ent"].to_numpy() == there["ent"].to_numpy()
    agree = np.array([here[name].to_numpy() == there[name].to_numpy() for name in FIELDS])
    agreeing = agree[:, repeat].sum(axis=0)

    assert 4.5 < agreeing.mean() < 8.5
    assert len(set(agreeing.tolist())) > 5
