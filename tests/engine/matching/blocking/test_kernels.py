"""The compiled loops of the inverted index do what plain Python does with dictionaries."""

from itertools import groupby
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.text import encode
from matchloop.data.text.hashing import hash_values
from matchloop.matching.blocking.index import forward as inverted
from matchloop.matching.blocking.kernels import (
    fill_postings,
    nearest,
    pack_joint,
    pack_values,
    pack_words,
    runs,
    shared_weights,
    sorted_from,
)

BITS = 4
"""Bits of a position in these tests: up to sixteen positions."""

KEYS = st.dictionaries(st.integers(0, 7), st.integers(1, 50), max_size=6)
"""The weight of each key of a record."""

NONE = np.empty(0, np.uint16)


Lists = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def hashed(values: list[str]) -> NDArray[np.uint64]:
    strings = encode(pa.array(values, pa.string()))
    return np.asarray(hash_values(strings.offsets, strings.codes, strings.points), np.uint64)


@given(st.lists(st.text("ab é", max_size=4), min_size=1))
def test_hashes_are_equal_where_values_are_and_zero_where_one_is_missing(values: list[str]) -> None:
    hashes = hashed(values)

    of_value = dict(zip(values, hashes.tolist(), strict=True))
    assert [of_value[value] for value in values] == hashes.tolist()
    assert len(set(of_value.values())) == len(of_value)
    assert {value for value, number in of_value.items() if number == 0} == {*values} & {""}


@given(st.lists(st.integers(0, 3), min_size=1, max_size=16), st.randoms(use_true_random=False))
def test_packed_values_hold_the_position_of_each_row_that_has_one(
    drawn: list[int], random: Random
) -> None:
    hashes = np.asarray([number * 0x9E3779B97F4A7C15 % 2**64 for number in drawn], np.uint64)
    rows = list(range(len(drawn)))
    random.shuffle(rows)

    found = pack_values(hashes, np.asarray(rows, np.int32), BITS)

    assert found.tolist() == [
        (int(hashes[row]) << BITS) % 2**64 | position
        for position, row in enumerate(rows)
        if hashes[row]
    ]


@given(st.lists(st.integers(0, 2**60 - 1), min_size=1, max_size=16), st.sampled_from((3, 8, 11)))
def test_numbers_are_sorted_digit_by_digit(drawn: list[int], digit: int) -> None:
    hashes = np.asarray(drawn, np.uint64) << np.uint64(BITS)
    packed = hashes | np.arange(len(drawn), dtype=np.uint64)

    assert sorted_from(packed.copy(), BITS, digit).tolist() == sorted(packed.tolist())
    assert sorted_from(hashes.copy(), 0, digit).tolist() == sorted(hashes.tolist())


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_positions_get_one_joint_number_where_all_columns_listed_agree(
    blocks: list[tuple[int, int, int]],
) -> None:
    blocks = blocks[:16]
    numbers = np.asarray(blocks, np.int32).T.copy()
    positions = np.arange(len(blocks))

    found = pack_joint(numbers, np.array([0, 2]), positions, BITS)

    assert [int(number) & 15 for number in found] == positions.tolist()
    for one, first in zip(found, blocks, strict=True):
        for other, second in zip(found, blocks, strict=True):
            same = int(one) >> BITS == int(other) >> BITS
            assert same == (first[0] == second[0] and first[2] == second[2])


CELLS = st.lists(
    st.lists(st.sampled_from(["an", "bo", "an", "cy"]), max_size=5).map(" ".join),
    min_size=1,
    max_size=8,
)


@given(CELLS, st.integers(1, 5), st.integers(0, 3))
def test_rows_share_a_key_where_they_share_a_word_or_two_near_ones(
    cells: list[str], most: int, halvings: int
) -> None:
    text = encode(pa.array(cells))
    rank = np.arange(len(cells), dtype=np.int32)
    rank[0] = -1  # a row without a position has no keys
    values = np.arange(len(cells), dtype=np.int32)
    lists = (text.offsets, text.codes, text.points, text.unspaced, values, rank, BITS, most)
    counts = np.zeros(1 << halvings, np.int64)
    shift = np.uint64(64 - BITS - halvings)
    pack_words(*lists, shift, 0, counts, np.empty(0, np.uint64))
    packed = []
    for first in range(0, len(counts), 2):  # two ranges of hashes at a time
        sizes = counts[first : first + 2]
        ends = np.cumsum(sizes) - sizes
        written = np.empty(sizes.sum(), np.uint64)
        if len(written):  # an empty array would only be counted for
            pack_words(*lists, shift, first, ends, written)
            assert ends.tolist() == np.cumsum(sizes).tolist()
        assert [int(key >> (shift + np.uint64(BITS))) for key in written] == np.repeat(
            np.arange(first, first + len(sizes)), sizes
        ).tolist()
        packed += written.tolist()

    def keys_of(cell: str) -> list[tuple[str, ...]]:
        words = cell.split()[:most]
        near = [
            tuple(sorted((word, words[at - back])))
            for at, word in enumerate(words)
            for back in (1, 2)
            if at >= back
        ]
        return [(word,) for word in words] + near

    expected = [keys_of(cell) for cell in cells[1:]]
    assert len(packed) == sum(map(len, expected))
    found = [[key >> BITS for key in packed if key & 15 == row] for row in range(1, len(cells))]
    assert [len(keys) for keys in found] == [len(keys) for keys in expected]
    for one, own in zip(found, expected, strict=True):
        assert len(set(one)) == len(set(own))
        for other, others in zip(found, expected, strict=True):
            assert len(set(one) & set(other)) == len(set(own) & set(others))


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 15)), max_size=40),
    st.integers(2, 6),
    st.integers(1, 6),
)
def test_equal_hashes_become_blocks_within_the_limit_and_common_ones_are_numbered(
    keys: list[tuple[int, int]], largest: int, ample: int
) -> None:
    packed = np.asarray(sorted(number << BITS | position for number, position in keys), np.uint64)
    block_of = np.full(16, -1, np.int32)

    members, ends, common = runs(packed, BITS, largest, ample, block_of)

    blocks = [
        sorted({position for _, position in block})
        for _, block in groupby(sorted(keys), key=lambda key: key[0])
    ]
    starts = [0, *ends.tolist()][:-1]
    assert [members[a:b].tolist() for a, b in zip(starts, ends, strict=True)] == [
        block for block in blocks if 2 <= len(block) <= largest
    ]
    ample_blocks = [block for block in blocks if len(block) > ample]
    assert common == len(ample_blocks)
    numbers = {position: at for at, block in enumerate(ample_blocks) for position in block}
    assert block_of.tolist() == [numbers.get(position, -1) for position in range(16)]


def forward(records: list[dict[int, int]]) -> Lists:
    """Return offsets, ascending keys and weights of each record."""
    lists = [sorted(record.items()) for record in records]
    flat = [entry for entries in lists for entry in entries]
    return (
        np.cumsum([0, *map(len, lists)]),
        np.asarray([key for key, _ in flat], np.int32),
        np.asarray([weight for _, weight in flat], np.uint16),
    )


def postings(records: list[dict[int, int]], keys: int) -> Lists:
    """Return offsets, ascending records and weights of each key."""
    lists = [[(at, r[key]) for at, r in enumerate(records) if key in r] for key in range(keys)]
    flat = [entry for entries in lists for entry in entries]
    return (
        np.cumsum([0, *map(len, lists)]),
        np.asarray([record for record, _ in flat], np.int32),
        np.asarray([weight for _, weight in flat], np.uint16),
    )


@given(st.lists(KEYS, min_size=1, max_size=12))
def test_the_keys_of_records_are_the_records_of_keys_turned_round(
    records: list[dict[int, int]],
) -> None:
    starts, members, weights = postings(records, 8)
    of_key = np.arange(8, dtype=np.uint16)

    indptr, keys, own = inverted(starts, members, NONE, weights, len(records))
    _, _, of_keys = inverted(starts, members, of_key, NONE, len(records))

    expected = forward(records)
    assert indptr.tolist() == expected[0].tolist()
    assert keys.tolist() == expected[1].tolist()
    assert own.tolist() == expected[2].tolist()
    assert of_keys.tolist() == keys.tolist()


@given(st.lists(KEYS, min_size=1, max_size=12), st.sets(st.integers(0, 7)), st.data())
def test_kept_tokens_list_the_positions_of_their_rows(
    rows: list[dict[int, int]], kept: set[int], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(rows))))[: data.draw(st.integers(1, len(rows)))]
    indexed = [{key: w for key, w in rows[row].items() if key in kept} for row in order]
    key_of = np.full(8, -1, np.int32)
    key_of[sorted(kept)] = np.arange(len(kept))
    sizes = np.asarray([sum(key in row for row in indexed) for key in sorted(kept)], np.int64)

    found = fill_postings(*forward(rows), np.asarray(order, np.int32), key_of, sizes)

    renumbered = [{int(key_of[key]): weight for key, weight in row.items()} for row in indexed]
    for part, expected in zip(found, postings(renumbered, len(kept)), strict=True):
        assert part.tolist() == expected.tolist()


@given(
    st.lists(KEYS, min_size=1, max_size=12),
    st.integers(1, 4),
    st.booleans(),
    st.lists(st.integers(0, 2), min_size=12, max_size=12),
    st.sampled_from((0, 12)),
)
def test_the_nearest_share_most_weight_outside_the_own_source(
    records: list[dict[int, int]], k: int, is_squared: bool, drawn: list[int], direct: int
) -> None:
    count = len(records)
    source = sorted(drawn[:count])
    low = np.asarray([source.index(own) for own in source], np.int32)
    high = np.asarray([low[at] + source.count(own) for at, own in enumerate(source)], np.int32)
    starts, members, member_weights = postings(records, 8)
    if not is_squared:  # the weight of a key is then the same in all records
        records = [{key: key + 1 for key in record} for record in records]
        member_weights = NONE
    others, shared = np.full((count, k), -1, np.int32), np.zeros((count, k), np.int32)

    nearest(
        0, count, *forward(records), starts, members, member_weights, low, high, k, direct,
        others, shared,
    )  # fmt: skip

    def weight(one: int, other: int) -> int:
        keys = records[one].keys() & records[other].keys()
        mine, theirs = records[one], records[other]
        return sum(mine[key] * theirs[key] if is_squared else mine[key] for key in keys)

    for one in range(count):
        ranked = sorted(
            (-weight(one, other), other)
            for other in range(count)
            if other != one and source[other] != source[one] and weight(one, other)
        )[:k]
        assert others[one][others[one] >= 0].tolist() == [other for _, other in ranked]
        assert shared[one][: len(ranked)].tolist() == [-negative for negative, _ in ranked]
    pairs = [(one, other) for one in range(count) for other in range(count)]
    left, right = np.ascontiguousarray(np.asarray(pairs, np.int32).T)
    rank = np.append(np.arange(count, dtype=np.int32), np.int32(-1))
    out = np.full(len(pairs), -7, np.int32)
    shared_weights(left, right, rank, *forward(records), is_squared, out)
    assert out.tolist() == [weight(one, other) for one, other in pairs]
    shared_weights(left, np.full_like(right, count), rank, *forward(records), is_squared, out)
    assert not out.any()
