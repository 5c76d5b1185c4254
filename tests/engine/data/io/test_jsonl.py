from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.io.jsonl import read_jsonl
from matchloop.errors import TableError

VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | st.text(st.sampled_from('a"\\[{}]\n'), max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("k"), inner, max_size=1),
)


def opened(text: str) -> Callable[[], AbstractContextManager[BinaryIO]]:
    return lambda: nullcontext(io.BytesIO(text.encode()))


def nested(levels: int) -> str:
    return '{"a": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


def test_a_hundred_levels_are_read() -> None:
    assert read_jsonl(opened(f"{nested(100)}\n"), "t").column_names == ["a"]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [101, 50_000])
def test_more_levels_are_refused_with_the_line(opening: str, levels: int) -> None:
    lines = ['{"a": "["}', "", '{"a": ' + opening * (levels - 1)]

    with pytest.raises(TableError, match="^t, line 3: nested over 100 levels deep; flatten"):
        read_jsonl(opened("\n".join(lines)), "t")


def test_an_array_that_is_too_deep_is_refused_with_the_line() -> None:
    text = "[\n" + '{"a": 1},\n{"a": ' + "[\n" * 50_000

    with pytest.raises(TableError, match="^t, line 101: nested over 100 levels deep"):
        read_jsonl(opened(text), "t")


def test_brackets_that_many_lines_leave_open_are_told_by_the_first_of_them() -> None:
    text = '{"a": 1}\n' + '{"a": [\n' * 60_000

    with pytest.raises(TableError, match="^t, line 2: no JSON object"):
        read_jsonl(opened(text), "t")


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_brackets_inside_texts_are_not_counted(values: list[object]) -> None:
    lines = "".join(json.dumps({"a": [value], "b": "[{" * 200}) + "\n" for value in values)

    assert read_jsonl(opened(lines), "t").num_rows == len(values)
