"""Which words and numbers of two values belong together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from engine.matching.comparing.planned import Planned
from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.comparing.alignment_kernels import LONGEST

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
Compare = Callable[..., dict[str, float]]
OTHERS = ["nero burning rom", "corel draw graphics suite", "norton antivirus", "quicken premier"]


@pytest.fixture
def compare(make_views: Callable[[Columns], Views]) -> Compare:
    def compare(first: str, second: str, kind: Kind = Kind.TEXT) -> dict[str, float]:
        views = make_views({"c": (kind, [first, second, *OTHERS])})
        planned = Planned.of("alignment", views)
        out = np.empty((len(planned.measures), 1), np.float32)
        planned.compare(np.zeros(1, np.int32), np.ones(1, np.int32), out)
        return dict(zip(planned.measures, out[:, 0].tolist(), strict=True))

    return compare


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("adobe audition2", "adobe audition 2"),
        ("ulead videostudio xi", "ulead video studio 11"),
        ("phone 64GB black", "phone black 64 GB"),
        ("coffee 6 x 1 kg", "coffee 6 x 1000 g"),
        ("coffee 2 kg", "coffee 2000 g"),
        ("oil 0.5 l", "oil 500 ml"),
        ("acme draw v17", "acme draw 17"),
    ],
)
def test_other_spellings_of_the_same_words_are_aligned(
    first: str, second: str, compare: Compare
) -> None:
    assert set(compare(first, second).values()) == {1.0}


def test_an_abbreviation_is_aligned_for_a_part_of_its_weight(compare: Compare) -> None:
    short = compare("acme pro", "acme professional")
    other = compare("acme pro", "acme home")

    assert 1 > short["aligned"] > other["aligned"]
    assert short["words_apart"] > other["words_apart"]


@pytest.mark.parametrize("written", ["granet", "garnett", "gornet", "grnet"])
def test_a_misspelt_word_of_a_text_is_nearer_than_another_word(
    written: str, compare: Compare
) -> None:
    misspelt = compare("running shoe garnet", f"running shoe {written}")
    other = compare("running shoe garnet", "running shoe indigo")

    assert 1 > misspelt["aligned"] > other["aligned"]
    assert misspelt["words_apart"] > other["words_apart"]


@pytest.mark.parametrize(("first", "second"), [("red", "rod"), ("garnet", "gornat")])
def test_short_words_and_words_two_letters_apart_are_other_words(
    first: str, second: str, compare: Compare
) -> None:
    alike = compare(f"running shoe {first}", f"running shoe {second}")
    other = compare(f"running shoe {first}", "running shoe blue")

    assert alike == other


def test_misspelt_names_are_left_to_spelling(compare: Compare) -> None:
    misspelt = compare("frida ebert", "frida ebart", Kind.NAME)
    other = compare("frida ebert", "frida okafor", Kind.NAME)

    assert misspelt == other


def test_an_initial_is_nearer_to_its_name_than_another_name_is(compare: Compare) -> None:
    initial = compare("f ebert", "frida ebert", Kind.NAME)
    other = compare("oskar ebert", "frida ebert", Kind.NAME)

    assert initial.keys() == {"aligned"}
    assert initial["aligned"] > other["aligned"]


def test_numbers_and_words_that_differ_are_told_apart(compare: Compare) -> None:
    number = compare("acme draw 2", "acme draw 3")
    word = compare("acme draw deluxe", "acme draw upgrade")
    longer = compare("acme draw", "acme draw deluxe 3")

    assert number["numbers_apart"] < 1 == number["words_apart"]
    assert word["words_apart"] < 1 == word["numbers_apart"]
    assert longer["aligned"] < 1 == longer["words_apart"] == longer["numbers_apart"]


def test_another_quantity_is_not_aligned(compare: Compare) -> None:
    assert compare("coffee 250 g", "coffee 1 kg")["numbers_apart"] < 1
    assert compare("coffee 6 x 1 kg", "coffee 1 kg")["aligned"] < 1


def test_values_of_any_length_are_read_to_a_limit(compare: Compare) -> None:
    long = " ".join(f"w{number}" for number in range(LONGEST))

    assert compare(long, long + " more")["aligned"] == 1


def test_company_names_differ_little_by_their_legal_form(
    make_views: Callable[[Columns], Views],
) -> None:
    names = ["eqx", "eqx ab group", "bolt ab", "bolt gmbh", "crane gmbh", "dorn ltd"]
    views = make_views({"c": (Kind.NAME, names)})

    def measured(name: str, left: int, right: int) -> float:
        planned = Planned.of(name, views)
        out = np.empty((len(planned.measures), 1), np.float32)
        planned.compare(np.array([left], np.int32), np.array([right], np.int32), out)
        return float(out[0, 0])

    for name in ("spelling", "words", "alignment"):
        assert measured(name, 0, 1) > 0.8 > 0.4 > measured(name, 3, 4)
