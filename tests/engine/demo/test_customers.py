from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from matchloop.demo.customers import COLUMNS, Customer, make_customers


@pytest.fixture(scope="module")
def records() -> list[Customer]:
    return make_customers()


def test_the_same_seed_gives_the_same_customers(records: list[Customer]) -> None:
    assert make_customers() == records
    assert make_customers(seed=1) != records


def test_every_record_has_every_column(records: list[Customer]) -> None:
    assert all(tuple(record.values) == COLUMNS for record in records)
    assert all(any(record.values.values()) for record in records)


def test_relatives_share_an_address_and_are_different_customers(records: list[Customer]) -> None:
    living = defaultdict(set)
    for record in records:
        if record.values["street"]:
            living[record.values["street"], record.values["city"]].add(record.number)

    assert sum(len(numbers) > 1 for numbers in living.values()) > 100


def test_namesakes_are_different_customers(records: list[Customer]) -> None:
    names = defaultdict(set)
    for record in records:
        names[record.values["first_name"], record.values["last_name"]].add(record.number)

    assert sum(len(numbers) > 1 for numbers in names.values()) > 30


def test_some_customers_have_moved_and_half_of_the_dates_are_missing(
    records: list[Customer],
) -> None:
    cities = defaultdict(set)
    for record in records:
        cities[record.number].add(record.values["city"].lower()[:3])
    rows = Counter(record.number for record in records)
    several = [number for number, count in rows.items() if count > 1]
    missing = sum(not record.values["birth_date"] for record in records) / len(records)

    assert 0.05 < sum(len(cities[number]) > 1 for number in several) / len(several) < 0.4
    assert 0.4 < missing < 0.6
