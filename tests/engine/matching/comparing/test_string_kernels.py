"""Compiled spelling measures agree with rapidfuzz, value by value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler, Levenshtein

from matchloop.data.text import encode
from matchloop.matching.comparing.base import UNWANTED
from matchloop.matching.comparing.string_kernels import LONGEST, compare_endings, compare_spellings

ALPHABETS = ["ab", "abcdefgh 123", "aéßđøñ漢字かなж", "".join(chr(0x4E00 + n) for n in range(400))]


def texts(longest: int) -> st.SearchStrategy[list[str]]:
    return st.sampled_from(ALPHABETS).flatmap(
        lambda alphabet: st.lists(st.text(alphabet, max_size=longest), min_size=2, max_size=12)
    )


def every_pair(values: list[str]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(values), dtype=np.int32)
    return np.repeat(rows, len(rows)), np.tile(rows, len(rows))


def spelled(values: list[str]) -> np.ndarray:
    strings = encode(pa.array(values, pa.string()))
    left, right = every_pair(values)
    out = np.full((2, len(left)), -1, np.float32)
    compare_spellings(strings.offsets, strings.codes, strings.alphabet, left, right, out[0], out[1])
    return out


@pytest.mark.parametrize("longest", [8, 70, LONGEST])
def test_agrees_with_rapidfuzz(longest: int) -> None:
    @given(texts(longest))
    def check(values: list[str]) -> None:
        expected = np.array(
            [
                [
                    measure(values[i], values[j]) if values[i] and values[j] else np.nan
                    for i, j in zip(*every_pair(values), strict=True)
                ]
                for measure in (Levenshtein.normalized_similarity, JaroWinkler.similarity)
            ],
            np.float32,
        )

        np.testing.assert_array_equal(spelled(values), expected)

    check()


def test_strings_around_the_machine_word_agree_with_rapidfuzz() -> None:
    values = ["ab" * 31 + "c", "ab" * 32, "ba" * 32, "ab" * 32 + "c", "ab" * 64, "c" + "ab" * 63]

    edit, winkler = spelled(values)

    for at, (i, j) in enumerate(zip(*every_pair(values), strict=True)):
        assert edit[at] == np.float32(Levenshtein.normalized_similarity(values[i], values[j]))
        assert winkler[at] == np.float32(JaroWinkler.similarity(values[i], values[j]))


def test_no_more_than_the_first_characters_are_read() -> None:
    long = "ab" * 5_000

    edit, winkler = spelled([long, long + "c", "z" + long])

    assert edit[1] == winkler[1] == 1.0
    assert edit[2] < 1.0


def test_an_unwanted_measure_is_left_out() -> None:
    strings = encode(pa.array(["anna", "hanna"]))
    left, right = np.zeros(1, np.int32), np.ones(1, np.int32)
    edit = np.zeros(1, np.float32)

    compare_spellings(strings.offsets, strings.codes, 128, left, right, edit, UNWANTED)

    assert edit[0] == np.float32(0.8)


@given(texts(30))
def test_endings_are_the_common_share_of_the_shorter(values: list[str]) -> None:
    strings = encode(pa.array(values, pa.string()))
    left, right = every_pair(values)
    out = np.full((2, len(left)), -1, np.float32)

    compare_endings(strings.offsets, strings.codes, left, right, out[0], out[1])

    for at, (i, j) in enumerate(zip(left, right, strict=True)):
        a, b = values[i], values[j]
        shorter = min(len(a), len(b))
        if shorter == 0:
            assert np.isnan(out[:, at]).all()
            continue
        starts = max(n for n in range(shorter + 1) if a[:n] == b[:n])
        ends = max(n for n in range(shorter + 1) if n == 0 or a[-n:] == b[-n:])
        np.testing.assert_allclose(out[:, at], [starts / shorter, ends / shorter], rtol=1e-6)
