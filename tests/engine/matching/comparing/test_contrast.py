"""Which words and numbers tell two texts apart, though nearly all words agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from engine.matching.comparing.planned import Planned
from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.comparing.alignment_kernels import LONGEST

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
Compare = Callable[[str, str], dict[str, float]]
LINES = ("acme phone", "bolt tablet", "corel camera", "dorn laptop")
OTHERS = [f"{line} {size} gb {colour}" for line in LINES for size in (32, 64) for colour in
          ("black", "white", "red")]  # fmt: skip


@pytest.fixture
def compare(make_views: Callable[[Columns], Views]) -> Compare:
    def compare(first: str, second: str) -> dict[str, float]:
        views = make_views({"c": (Kind.TEXT, [first, second, *OTHERS])})
        planned = Planned.of("alignment", views)
        out = np.empty((len(planned.measures), 1), np.float32)
        planned.compare(np.zeros(1, np.int32), np.ones(1, np.int32), out)
        measured = dict(zip(planned.measures, out[:, 0].tolist(), strict=True))
        return {name: measured[name] for name in ("contrast", "alternates")}

    return compare


@pytest.mark.parametrize(
    ("first", "second"),
    [("elbe phone 32 gb black", "elbe phone 32 gb white"),
     ("elbe phone 32 gb black", "elbe phone 64 gb black")],
)  # fmt: skip
def test_two_colours_or_two_sizes_contrast(first: str, second: str, compare: Compare) -> None:
    found = compare(first, second)

    assert found["contrast"] < 0.8
    assert found["alternates"] < 0.5


@pytest.mark.parametrize(
    "second",
    ["elbe phone 32 gb", "elbe phone 32gb black retail", "black phone elbe 32 gb",
     "elbe phone 32 gb blakc", "elbe fone 32 gb black"],
)  # fmt: skip
def test_words_left_out_added_moved_or_misspelt_do_not_contrast(
    second: str, compare: Compare
) -> None:
    assert set(compare("elbe phone 32 gb black", second).values()) == {1.0}


def test_words_that_stand_in_no_others_place_contrast_by_rarity_alone(
    make_views: Callable[[Columns], Views],
) -> None:
    pairs = ["one two three left", "four five six right", "seven eight nine left",
             "ten eleven twelve right", "red blue green left", "sun moon star right"]  # fmt: skip
    planned = Planned.of("alignment", make_views({"c": (Kind.TEXT, pairs)}))
    out = np.empty((len(planned.measures), 1), np.float32)
    planned.compare(np.zeros(1, np.int32), np.ones(1, np.int32), out)
    measured = dict(zip(planned.measures, out[:, 0].tolist(), strict=True))

    assert measured["contrast"] < 1 == measured["alternates"]


def test_a_missing_text_contrasts_with_nothing(make_views: Callable[[Columns], Views]) -> None:
    planned = Planned.of("alignment", make_views({"c": (Kind.TEXT, [None, *OTHERS])}))
    out = np.empty((len(planned.measures), 1), np.float32)
    planned.compare(np.zeros(1, np.int32), np.ones(1, np.int32), out)

    assert np.isnan(out).all()


def test_texts_of_any_length_are_read_to_a_limit(compare: Compare) -> None:
    long = " ".join(f"w{number}" for number in range(LONGEST))

    assert compare(f"{long} black", f"{long} white")["contrast"] == 1
