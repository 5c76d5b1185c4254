"""Laws of the candidate pairs."""

import numba
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.errors import UsageError
from matchloop.matching.blocking import UserRule, block

FIRST = ["anna", "bert", "carla", "dirk", "elena", "frank", "greta", "hans", "ida", "jonas"]
LAST = ["meyer", "schmidt", "keller", "vogt", "lehmann", "brandt", "seidel", "krause"]


def table_of(columns: dict[str, list[str | None]], source: list[str] | None = None) -> Records:
    size = len(next(iter(columns.values())))
    data = {"id": pa.array([f"k{i}" for i in range(size)])}
    data |= {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    if source is not None:
        data["from"] = pa.array(source)
    kinds = dict.fromkeys(columns, Kind.NAME)
    return Records(pa.table(data), "id", kinds, None if source is None else "from")


def people(size: int, *, seed: int = 0, linkage: bool = False) -> Records:
    """Make persons, a third of them copies with a letter dropped, some values missing."""
    rng = np.random.default_rng(seed)
    rows: list[list[str | None]] = []
    for i in range(size):
        if i and rng.random() < 1 / 3:
            row = list(rows[rng.integers(i)])
            column = int(rng.integers(4))
            cell = row[column]
            row[column] = cell[1:] or None if cell and rng.random() < 0.7 else None
        else:
            row = [
                FIRST[rng.integers(len(FIRST))],
                LAST[rng.integers(len(LAST))],
                str(rng.integers(1950, 2010)),
                f"{rng.integers(10_000, 10_400)}",
            ]
        rows.append(row)
    names = ("first", "last", "year", "postcode")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    source = [["a", "b", "c"][i] for i in rng.integers(3, size=size)] if linkage else None
    return table_of(columns, source)


def keyed(pairs: CandidatePairs, records: Records) -> dict[tuple[str, str], tuple[float, int]]:
    keys = records.keys.to_pylist()
    found = {}
    for left, right, strength, mask in zip(
        pairs.left, pairs.right, pairs.strength, pairs.rules, strict=True
    ):
        low, high = sorted((keys[left], keys[right]))
        found[low, high] = (float(strength), int(mask))
    return found


def roots(size: int, pairs: CandidatePairs) -> list[int]:
    parent = list(range(size))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        parent[root(left)] = root(right)
    return [root(i) for i in range(size)]


def assert_lawful(pairs: CandidatePairs, records: Records) -> None:
    ids = pairs.ids()
    assert (np.diff(ids) > 0).all()
    assert (pairs.left < pairs.right).all()
    assert pairs.left.dtype == pairs.right.dtype == np.int32
    assert pairs.strength.dtype == np.float32
    assert pairs.rules.dtype == np.uint32
    assert ((pairs.strength >= 0) & (pairs.strength <= 1)).all()
    assert (pairs.rules > 0).all() or len(records) < 50  # all pairs of a tiny table are taken
    if len(pairs):
        assert pairs.left.min() >= 0
        assert pairs.right.max() < len(records)
    if records.sources is not None:
        assert (records.sources[pairs.left] != records.sources[pairs.right]).all()


cells = st.one_of(st.none(), st.sampled_from(["a", "b b", "a b", "zürich", "東京都", "", " ", "-"]))


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=2, max_size=40),
    linkage=st.booleans(),
    effort=st.floats(0, 1),
)
def test_pairs_are_sorted_unique_and_across_sources(
    rows: list[tuple[str | None, str | None]], linkage: bool, effort: float
) -> None:
    source = [str(i % 3 % 2) for i in range(len(rows))] if linkage else None
    columns = {"x": [x for x, _ in rows], "y": [y for _, y in rows]}
    records = table_of(columns, source)

    assert_lawful(block(Views(records), effort=effort), records)


@pytest.mark.parametrize("linkage", [False, True])
def test_the_mean_number_of_candidates_is_bounded(linkage: bool) -> None:
    records = people(600, linkage=linkage)

    pairs = block(Views(records))

    assert_lawful(pairs, records)
    outside = len(records)  # of the largest source
    if records.sources is not None:
        outside -= int(np.bincount(records.sources).max())
    assert 0 < len(pairs) <= 12 * outside


def copied(size: int, tail: int) -> Records:
    """Make two sources of the same persons, the last ones of the second in a third source."""
    one = people(size, seed=13).table.drop_columns(["id"])
    two = pa.concat_tables([one, one]).append_column("id", pa.array(map(str, range(2 * size))))
    source = ["a"] * size + ["b"] * (size - tail) + ["c"] * tail
    kinds = dict.fromkeys(one.column_names, Kind.NAME)
    return Records(two.append_column("from", pa.array(source)), "id", kinds, "from")


@pytest.mark.parametrize("tail", [1, 2, 30])
def test_a_small_third_source_takes_no_candidates_from_the_others(tail: int) -> None:
    size = 300
    records = copied(size, tail)

    pairs = block(Views(records))

    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert all((i, size + i) in found for i in range(size))
    assert len(pairs) >= 0.9 * len(block(Views(copied(size, 0))))


def test_a_record_of_a_small_source_has_no_more_candidates_than_others() -> None:
    records = copied(300, 2)

    pairs = block(Views(records))

    counts = np.bincount(np.concatenate((pairs.left, pairs.right)), minlength=len(records))
    assert counts[-2:].max() <= 3 * np.median(counts)


def test_what_records_share_counts_though_all_of_it_is_common(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Every word stands in 25 to 300 of 6,000 records, beyond the budget of look-ups; the one rare
    # word of a record is shared with somebody else.
    monkeypatch.setattr("matchloop.matching.blocking.rules.VISITS_PER_RECORD", 0)
    monkeypatch.setattr("matchloop.matching.blocking.index.COUNTED", 0.1)
    monkeypatch.setattr("matchloop.matching.blocking.rules.VISITS", 300_000)
    rng = np.random.default_rng(14)
    size = 3000
    pools = {"surname": 120, "day": 28, "month": 20, "year": 40, "road": 120, "post": 120}
    drawn = {name: rng.integers(count, size=size) for name, count in pools.items()}
    given = np.concatenate((np.arange(size), rng.permutation(size)))
    columns: dict[str, list[str | None]] = {"given": [f"q{g:04d}" for g in given]}
    columns |= {name: [f"{name}{v}" for v in [*values, *values]] for name, values in drawn.items()}
    records = table_of(columns, ["a"] * size + ["b"] * size)

    pairs = block(Views(records), effort=0)

    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert sum((i, size + i) in found for i in range(size)) >= 0.99 * size


@pytest.mark.parametrize("linkage", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_changes_no_pair(linkage: bool, seed: int) -> None:
    records = people(500, linkage=linkage)
    turned = np.random.default_rng(seed).permutation(len(records))
    moved = Records(records.table.take(turned), "id", records.kinds, records.source)

    assert keyed(block(Views(moved)), moved) == keyed(block(Views(records)), records)


def test_the_number_of_threads_changes_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "matchloop.matching.blocking.rules.RICH_RECORDS", 1000
    )  # sketches are used, too
    records = people(3000)
    most = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = block(Views(records))
        numba.set_num_threads(min(2, most))
        two = block(Views(records))
    finally:
        numba.set_num_threads(most)

    for name in ("left", "right", "strength", "rules"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()


@pytest.mark.parametrize("linkage", [False, True])
def test_identical_records_are_connected(linkage: bool) -> None:
    records = people(400, seed=3, linkage=linkage)
    thrice = Records(
        pa.concat_tables([records.table] * 8).set_column(
            0, "id", pa.array([f"k{i}" for i in range(8 * len(records))])
        ),
        "id",
        records.kinds,
        records.source,
    )
    if thrice.sources is not None:  # copies of one record stand in every source
        turned = pa.array([["a", "b", "c"][(i // 400 + i) % 3] for i in range(3200)])
        thrice = Records(thrice.table.set_column(5, "from", turned), "id", records.kinds, "from")

    root = roots(len(thrice), block(Views(thrice)))

    names = ("first", "last", "year", "postcode")
    rows = list(zip(*(thrice.table[name].to_pylist() for name in names), strict=True))
    group: dict[tuple[object, ...], set[int]] = {}
    for at, row in enumerate(rows):
        if any(row):
            group.setdefault(row, set()).add(root[at])
    assert all(len(found) == 1 for found in group.values())


def test_more_effort_gives_more_pairs_and_most_of_the_old_ones() -> None:
    records = people(2000, seed=4)
    found = [keyed(block(Views(records), effort=effort), records) for effort in (0, 0.5, 1)]

    assert len(found[0]) < len(found[1]) < len(found[2])
    for less, more in zip(found, found[1:], strict=False):
        assert len(less.keys() & more.keys()) >= 0.9 * len(less)


def test_a_letter_dropped_anywhere_is_found() -> None:
    records = people(1000, seed=5)
    pairs = block(Views(records))
    best = np.zeros(len(records), np.float32)
    np.maximum.at(best, pairs.left, pairs.strength)
    np.maximum.at(best, pairs.right, pairs.strength)

    assert (best > 0).mean() > 0.99


def test_large_tables_find_their_copies_without_n_grams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchloop.matching.blocking.rules.RICH_RECORDS", 0)
    rng = np.random.default_rng(6)
    size = 4000
    numbers = [f"{n:06d}" for n in rng.permutation(size)]
    names = [f"{FIRST[a]} {LAST[b]}" for a, b in rng.integers(8, size=(size, 2))]
    streets = [f"{LAST[a]} street {b}" for a, b in rng.integers((8, 60), size=(size, 2))]
    town = [FIRST[a] for a in rng.integers(10, size=size)]
    year = [str(y) for y in rng.integers(1900, 2000, size=size)]
    columns = {"no": numbers, "name": names, "street": streets, "town": town, "year": year}
    copies = {
        name: [*values, *(None if name == "no" else value for value in values[:1000])]
        for name, values in columns.items()
    }
    records = table_of({name: list(values) for name, values in copies.items()})

    pairs = block(Views(records))

    assert_lawful(pairs, records)
    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert sum((i, size + i) in found for i in range(1000)) >= 990


def test_sorting_the_words_in_parts_changes_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchloop.matching.blocking.rules.RICH_RECORDS", 0)
    records = people(500, seed=12)
    names = records.table["first"].to_pylist(), records.table["postcode"].to_pylist()
    joined = table_of({"all": [f"{a} of {b}" for a, b in zip(*names, strict=True)]})
    whole = block(Views(joined))
    monkeypatch.setattr("matchloop.matching.blocking.word_blocks.PART", 100)

    parts = block(Views(joined))

    assert len(whole) > 100
    assert keyed(parts, joined) == keyed(whole, joined)


@pytest.mark.parametrize(
    "columns",
    [
        {"x": ["only"]},
        {"x": [None, None, None], "y": [None, " ", ""]},
        {"x": ["a", None], "y": [None, "b"]},
    ],
)
def test_tables_without_two_alike_give_no_pair(columns: dict[str, list[str | None]]) -> None:
    records = table_of(columns)

    assert len(block(Views(records))) == 0


@pytest.mark.parametrize("columns", [1, 3, 20])
@pytest.mark.parametrize("size", [2, 5, 10])
@pytest.mark.parametrize("linkage", [False, True])
def test_all_pairs_of_a_tiny_table_are_candidates(columns: int, size: int, linkage: bool) -> None:
    letters = np.random.default_rng(16).choice(list("abcdefghijklmnop"), (columns, size, 5))
    cells = {f"c{c}": ["".join(cell) for cell in column] for c, column in enumerate(letters)}
    if size == 10:
        cells = {name: [*column[:3], *[column[3]] * 7] for name, column in cells.items()}  # copies
    source = ["ab"[i % 2] for i in range(size)] if linkage else None
    records = table_of({name: [*column] for name, column in cells.items()}, source)

    pairs = block(Views(records))

    assert_lawful(pairs, records)
    across = (size // 2) * (size - size // 2)
    assert len(pairs) == (across if linkage else size * (size - 1) // 2)


def test_a_constant_column_changes_little() -> None:
    records = people(300, seed=7)
    constant = Records(
        records.table.append_column("land", pa.array(["here"] * 300)),
        "id",
        {**records.kinds, "land": Kind.CATEGORY},
    )
    plain = keyed(block(Views(records)), records)
    more = keyed(block(Views(constant)), constant)

    assert len(plain.keys() & more.keys()) > 0.8 * len(plain)


def test_a_hundred_thousand_identical_names_stay_in_bounds_and_connected() -> None:
    size = 100_000
    records = table_of({"name": ["john smith"] * size})

    pairs = block(Views(records))

    assert_lawful(pairs, records)
    assert size - 1 <= len(pairs) <= size + 100
    graph = coo_matrix((np.ones(len(pairs)), (pairs.left, pairs.right)), (size, size))
    assert connected_components(graph, directed=False)[0] == 1


def test_a_hundred_thousand_records_of_few_names_stay_in_bounds() -> None:
    rng = np.random.default_rng(8)
    names = [f"{FIRST[a]} {LAST[b]}" for a, b in rng.integers(8, size=(100_000, 2))]
    records = table_of({"name": [*names]})

    pairs = block(Views(records))

    assert_lawful(pairs, records)
    assert len(pairs) <= 2 * len(records)


def test_cells_of_ten_thousand_characters_are_no_trouble() -> None:
    rng = np.random.default_rng(9)
    words = ["".join(rng.choice(list("abcdefghij"), 8)) for _ in range(5000)]
    long = [" ".join(rng.choice(words, 1100)) for _ in range(60)]
    records = table_of({"title": [f"title {i}" for i in range(120)], "text": [*long, *long]})

    pairs = block(Views(records))

    assert_lawful(pairs, records)
    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert all((i, 60 + i) in found for i in range(60))


@pytest.mark.parametrize("rich", [50_000, 0])
def test_unspaced_scripts_are_found(rich: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchloop.matching.blocking.rules.RICH_RECORDS", rich)
    rng = np.random.default_rng(10)
    names = ["".join(chr(0x4E00 + c) for c in rng.integers(800, size=6)) for _ in range(200)]
    changed = [name[:3] + "龍" + name[4:] for name in names]
    records = table_of({"名": [*names, *changed]})

    pairs = block(Views(records))

    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert sum((i, 200 + i) in found for i in range(200)) >= 198


def test_user_rules_come_on_top_of_the_built_in_ones() -> None:
    records = people(300, seed=11)
    plain = block(Views(records))
    rule = UserRule("last, year")

    more = block(Views(records), rules=[rule])
    alone = block(Views(records), rules=[rule], only=True)

    assert_lawful(more, records)
    assert set(plain.ids()) <= set(more.ids())
    assert more.rule_names == (*plain.rule_names, "last, year")
    bit = np.uint32(1 << (len(more.rule_names) - 1))
    left, right = rule.pairs(Views(records))
    assert ((more.rules & bit) > 0).sum() == len(left) > 0
    assert set(zip(left.tolist(), right.tolist(), strict=True)) <= set(
        zip(alone.left.tolist(), alone.right.tolist(), strict=True)
    )
    assert alone.rule_names == ("identical", "last, year")


@pytest.mark.parametrize("effort", [-0.1, 1.1, float("nan")])
def test_effort_outside_0_to_1_is_refused(effort: float) -> None:
    with pytest.raises(UsageError, match="outside 0 to 1"):
        block(Views(people(3)), effort=effort)


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(UsageError, match="at most 27"):
        block(Views(people(3)), rules=[UserRule("last")] * 28)
