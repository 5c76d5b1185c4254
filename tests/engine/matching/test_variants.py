"""Product lines, whose variants share all words but one, without labels."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pandas as pd
import pytest

import matchloop as ml

COLOURS = ("black", "white", "silver", "blue", "green", "red")
SIZES = ("16 gb", "32 gb", "64 gb", "128 gb")
WORDS = ("phone", "tablet", "camera", "speaker", "watch", "router")


def _titles(dice: Random, lines: int) -> list[str]:
    titles = []
    for _ in range(lines):
        brand = "".join(dice.choice(("ka", "lo", "mi", "ru", "te", "vo")) for _ in range(3))
        line = f"{brand} {dice.choice(WORDS)} {dice.choice('abcdefgh')}{dice.randint(10, 99)}"
        every = dice.sample(list(product(SIZES, COLOURS)), 5)
        titles += [f"{line} {size} {colour}" for size, colour in every]
    return titles


def _matched(titles: list[str]) -> np.ndarray:
    table = pd.DataFrame({"id": np.arange(len(titles)).astype(str), "title": titles})
    records = ml.read_records(table, key="id", kinds={"title": "text"})
    return np.asarray(ml.Matcher().fit(records).find_matches(records).match_id)


def test_a_list_of_variants_without_duplicates_stays_as_it_is() -> None:
    titles = list(dict.fromkeys(_titles(Random(3), 120)))

    assert len(np.unique(_matched(titles))) == len(titles)


@pytest.mark.parametrize("seed", [1, 2])
def test_offers_of_one_variant_are_told_from_other_variants(seed: int) -> None:
    dice = Random(seed)
    titles = list(dict.fromkeys(_titles(dice, 100)))
    again = dice.sample(range(len(titles)), 150)
    offers = [*titles]
    for number in again:
        words = titles[number].split()
        dice.shuffle(words)
        offers.append(" ".join([*words, dice.choice(("new", "retail", "oem"))]))

    group = _matched(offers)

    found = np.array([group[number] == group[len(titles) + at] for at, number in enumerate(again)])
    pairs = sum(size * (size - 1) // 2 for size in np.unique(group, return_counts=True)[1])
    assert found.mean() > 0.8
    assert found.sum() / pairs > 0.9
