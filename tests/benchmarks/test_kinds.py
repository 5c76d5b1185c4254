from collections import Counter

import pytest

from kinds import people
from kinds.making import Dice, Rows
from kinds.registry import CHOOSE, KINDS, REPORT, load
from provenance import HERE

ROWS = 200
CLEAN = [name for name in KINDS if "clean" in name]


@pytest.mark.parametrize("name", KINDS)
def test_a_seed_decides_a_table_and_the_truth_names_the_entity_of_each_row(name: str) -> None:
    kind = KINDS[name]
    (one, truth), (same, same_truth), (other, _) = (
        kind.make(seed, ROWS, **kind.options) for seed in (3, 3, 4)
    )

    assert one.equals(same)
    assert truth == same_truth
    assert not one.equals(other)
    assert len(one) == ROWS
    assert list(truth) == one["id"].tolist()
    assert one["id"].is_unique
    assert not (one == "").any(axis=None)


@pytest.mark.parametrize("name", KINDS)
def test_lists_without_duplicates_have_no_true_pair_and_the_others_have_some(name: str) -> None:
    table = load(name, rows=ROWS)

    assert (len(table.truth) == 0) == (name in CLEAN)


@pytest.mark.parametrize("name", [name for name in KINDS if "persons" not in name])
def test_no_row_stands_for_two_entities(name: str) -> None:
    kind = KINDS[name]
    frame, truth = kind.make(1, ROWS, **kind.options)
    rows = list(zip(*(frame[column] for column in frame.columns if column != "id"), strict=True))
    entities = Counter(row for row, _ in set(zip(rows, truth.values(), strict=True)))

    assert max(entities.values()) == 1


def test_a_row_of_another_entity_is_not_taken_twice() -> None:
    rows = Rows(Dice("x"), 3)
    for _ in range(2):
        rows.new_entity()
        rows.add({"name": "a", "city": ""})
        rows.add({"name": "a"})

    frame, truth = rows.done()

    assert len(frame) == 2
    assert len(set(truth.values())) == 1


def test_linkage_counts_pairs_across_sources_only() -> None:
    table = load("references_linkage", rows=ROWS)
    sources = table.sources

    assert sources is not None
    assert (sources[table.truth[:, 0]] != sources[table.truth[:, 1]]).all()


def test_each_kind_is_for_choosing_or_for_reports_and_half_are_for_reports() -> None:
    used = {kind.kind for kind in KINDS.values()}
    readme = (HERE / "README.md").read_text()

    assert used == CHOOSE | REPORT
    assert not CHOOSE & REPORT
    assert len(REPORT) >= len(CHOOSE)
    assert len(KINDS) >= 30
    assert [kind for kind in used if f"| {kind} |" not in readme] == []


def test_a_household_shares_an_address_and_a_date_of_birth_can_be_three_numbers() -> None:
    frame, _ = people.make(0, 500, sizes={1: 1.0}, households=0.9, lost=0, split_dates=True)
    at_home = frame.groupby(["street_no", "street", "postcode"]).size()

    assert at_home.mean() > 2
    assert frame["birth_year"].astype(int).between(1924, 2009).all()
    assert frame["birth_month"].astype(int).between(1, 12).all()
    assert frame["birth_day"].astype(int).between(1, 28).all()
