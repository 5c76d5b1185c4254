"""A user's own blocking rules."""

from collections.abc import Sequence

import pyarrow as pa
import pytest

from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.errors import UsageError
from matchloop.matching.blocking import UserRule


def views_of(*, source: list[str] | None = None, **columns: Sequence[str | None]) -> Views:
    size = len(next(iter(columns.values())))
    table = {"id": pa.array([str(i) for i in range(size)])}
    table |= {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    if source is not None:
        table["from"] = pa.array(source)
    kinds = dict.fromkeys(columns, Kind.NAME)
    return Views(Records(pa.table(table), "id", kinds, None if source is None else "from"))


def found(rule: str, views: Views) -> list[tuple[int, int]]:
    left, right = UserRule(rule).pairs(views)
    return list(zip(left.tolist(), right.tolist(), strict=True))


def test_a_column_means_equal_folded_values() -> None:
    views = views_of(name=["Müller", "MULLER ", "Miller", None, None])

    assert found("name", views) == [(0, 1)]


def test_every_part_must_agree() -> None:
    views = views_of(name=["ann", "ann", "ann", "bea"], zip=["1", "2", "1", "1"])

    assert found("name, zip", views) == [(0, 2)]


def test_a_prefix_takes_the_first_characters() -> None:
    views = views_of(name=["schmidt", "schmitt", "schulz", "sc"], zip=["1", "1", "1", "1"])

    assert found("name[:4], zip", views) == [(0, 1)]


def test_words_means_any_word_in_common() -> None:
    views = views_of(title=["red sea", "the red fox", "blue fox", None], x=["1", "1", "1", "1"])

    assert found("words(title)", views) == [(0, 1), (1, 2)]
    assert found("x, words(title)", views) == [(0, 1), (1, 2)]


def test_rules_too_keep_to_different_sources() -> None:
    views = views_of(name=["a", "a", "a"], source=["x", "x", "y"])

    assert found("name", views) == [(0, 2), (1, 2)]


def test_a_huge_block_is_passed_over() -> None:
    views = views_of(name=["same"] * 201 + ["rare", "rare"])

    assert found("name", views) == [(201, 202)]


def test_nothing_in_common_gives_no_pair() -> None:
    assert found("name", views_of(name=["a", "b"])) == []
    assert found("name", views_of(name=[None, None])) == []


@pytest.mark.parametrize(
    "text", ["", "name,", "name[3:]", "name[:0]", "name[:x]", "(name", "words()", "f(name)"]
)
def test_what_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="write for example"):
        UserRule(text)


def test_words_stand_once_in_a_rule() -> None:
    with pytest.raises(UsageError, match="twice"):
        UserRule("words(a), words(b)")


def test_an_unknown_column_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="'nome'.*columns: name"):
        UserRule("nome").pairs(views_of(name=["a"]))
