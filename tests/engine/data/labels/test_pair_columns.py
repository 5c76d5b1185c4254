from __future__ import annotations

import pytest

from matchloop.data.labels.pair_columns import PairColumns, changed_key, pair_columns


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["_id", "ltable_id", "rtable_id", "label"], ("ltable_id", "rtable_id", "label")),
        (
            ["ltable_id", "ltable_name", "rtable_id", "rtable_name"],
            ("ltable_id", "rtable_id", None),
        ),
        (["unique_id_l", "unique_id_r", "match_probability"], ("unique_id_l", "unique_id_r", None)),
        (["code_x", "code_y", "id_x", "id_y"], ("code_x", "code_y", None)),
        (["rightId", "leftId", "y"], ("leftId", "rightId", "y")),
        (["id1", "id2"], ("id1", "id2", None)),
        (["left", "right", "label", "gold"], ("left", "right", None)),
    ],
)
def test_two_keys_are_told_by_their_names(
    names: list[str], found: tuple[str, str, str | None]
) -> None:
    assert pair_columns(names, "code") == PairColumns(*found)


@pytest.mark.parametrize(
    "names",
    [
        ["id", "name"],
        ["lat_1", "lat_2", "label"],
        ["left_id", "right_key"],
        ["id_1", "id_2", "record_a", "record_b"],
    ],
)
def test_names_that_do_not_tell_are_not_taken(names: list[str]) -> None:
    assert pair_columns(names, "code") is None


@pytest.mark.parametrize(
    ("given", "found"),
    [("7", ("7", "007")), ("7.0", ("7.0", "007")), ("A 1", ("A 1", "a1")), ("8", None)],
)
def test_a_changed_key_is_recognized(given: str, found: tuple[str, str] | None) -> None:
    assert changed_key([given], ["007", "a1"]) == found
