"""Laws of conjunctions of columns, against a slow reference."""

from itertools import combinations
from math import comb

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.matching.blocking import block
from matchloop.matching.blocking.conjunctions import JOINED, JOINED_COLUMNS, joint_blocks


@st.composite
def block_numbers(draw: st.DrawFn) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Draw the frequent values of a small table: numbers, or -1 where there is none."""
    columns, records = draw(st.integers(1, 5)), draw(st.integers(2, 60))
    seed, kinds = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 5))
    drawn = np.random.default_rng(seed).integers(-1, kinds, size=(columns, records))
    return drawn.astype(np.int32)


@settings(max_examples=80, deadline=None)
@given(numbers=block_numbers(), largest=st.integers(1, 8))
def test_a_conjunction_is_a_block_if_it_is_small_and_all_its_parts_are_large(
    numbers: np.ndarray[tuple[int, int], np.dtype[np.int32]], largest: int
) -> None:
    columns, records = numbers.shape
    frequent = [(column, 1) for column in range(columns)]

    found = joint_blocks(numbers, frequent, 6, largest)

    blocks = sorted(
        tuple(part.tolist()) for members, ends in found for part in np.split(members, ends)[:-1]
    )

    def alike(record: int, chosen: tuple[int, ...]) -> tuple[int, ...]:
        mine = numbers[list(chosen), record]
        same = (numbers[list(chosen)] == mine[:, None]).all(axis=0)
        return tuple(np.flatnonzero(same).tolist()) if (mine >= 0).all() else ()

    expected = set()
    for size in range(2, min(columns, JOINED) + 1):
        for chosen in combinations(range(columns), size):
            for record in range(records):
                group = alike(record, chosen)
                parts = [part for s in range(2, size) for part in combinations(chosen, s)]
                large = all(len(alike(record, part)) > largest for part in parts)
                if 2 <= len(group) <= largest and large:
                    expected.add((chosen, group))
    assert blocks == sorted(group for _, group in expected)


def test_a_date_in_three_columns_finds_what_a_date_in_one_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Any two of day, month, year and town are shared by about forty records, three by about four.
    monkeypatch.setattr("matchloop.matching.blocking.rules.RICH_RECORDS", 0)
    monkeypatch.setattr("matchloop.matching.blocking.rules.VISITS", 0)
    monkeypatch.setattr("matchloop.matching.blocking.word_blocks.WORDS", 0)
    rng = np.random.default_rng(15)
    size = 3000
    drawn = {name: rng.integers(12, size=size) for name in ("day", "month", "year", "town")}
    data = {name: [f"{v}" for v in [*values, *values]] for name, values in drawn.items()}
    data["code"] = [f"c{i}" for i in range(2 * size)]
    table = pa.table({"id": data["code"], **data})
    kinds = dict.fromkeys(data, Kind.NAME)

    pairs = block(Views(Records(table, "id", kinds)))

    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert sum((i, size + i) in found for i in range(size)) >= 0.99 * size


def test_three_columns_are_joined_only_of_those_with_most_frequent_values() -> None:
    """Each column halves 256 records: two joined leave about 64 in a block, three about 32."""
    columns = JOINED_COLUMNS + 2
    numbers = np.random.default_rng(0).integers(0, 2, (columns, 256)).astype(np.int32)
    frequent = [(column, 1 if column < 2 else 2) for column in range(columns)]

    found = joint_blocks(numbers, frequent, 8, 48)

    of_two, of_three = comb(columns, 2), comb(JOINED_COLUMNS, 3)
    assert len(found) == of_two + of_three
    for (members, ends), chosen in zip(
        found[of_two:], combinations(range(2, columns), 3), strict=True
    ):
        joined = numbers[list(chosen)]
        for block_of in np.split(members, ends)[:-1]:
            assert (joined[:, block_of] == joined[:, block_of[:1]]).all()
