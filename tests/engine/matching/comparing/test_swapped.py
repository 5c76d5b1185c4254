"""Given name and surname in each other's column are evidence for a match."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from matchloop.data.labels import Labels
from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.matching.comparing import Comparer
from matchloop.matching.matcher import Matcher
from matchloop.matching.scoring.columns import column_features, column_similarity, swapped_features

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]

GIVEN = ["Anna", "Bert", "Carla", "Dora", "Emil", "Frida", "Georg", "Hanna", "Ida", "Jakob"]
FAMILY = ["Lang", "Neumann", "Weber", "Vogel", "Kraus", "Becker", "Schulz", "Hahn", "Roth", "Beck"]
TOWNS = ["Jena", "Fulda", "Trier", "Gera", "Celle"]


def people(swapped: int) -> pa.Table:
    """Fifty people, each of them twice; the second time some have their names swapped."""
    persons = [(GIVEN[i % 10], FAMILY[(i + i // 10) % 10]) for i in range(50)]
    rows = [
        {"given": given, "family": family, "town": TOWNS[(i * 7) % 5], "house": f"{i * 37 % 211}"}
        for i, (given, family) in enumerate(persons)
    ]
    again = [dict(row) for row in rows]
    for row in again[:swapped]:
        row["given"], row["family"] = row["family"], row["given"]
    table = pa.Table.from_pylist([*rows, *again])
    return table.append_column("id", pa.array([str(row) for row in range(100)]))


def records(swapped: int) -> Records:
    kinds = {"given": Kind.NAME, "family": Kind.NAME, "town": Kind.CATEGORY, "house": Kind.NUMBER}
    return Records(people(swapped), "id", kinds)


def labels(swapped: int) -> Labels:
    """Three sets of ten rows, five people each."""
    rows = [row for one in range(3) for i in range(one * 5, one * 5 + 5) for row in (i, i + 50)]
    table = people(swapped).take(rows)
    table = table.add_column(0, "label", pa.array([str(row % 50) for row in rows]))
    sets = pa.array([f"set{at // 10}" for at in range(len(rows))])
    return Labels.of(table.add_column(0, "labeling_set_id", sets))


def similarity_of(table: Records, left: int, right: int) -> dict[str, float]:
    views = Views(table)
    pairs = CandidatePairs.of(np.array([left]), np.array([right]))
    compared = Comparer.plan(views, pairs).compare(pairs)
    columns = column_features(compared.names)
    found = column_similarity(compared.features, columns, swapped_features(compared.names))[0]
    return dict(zip(columns, found.tolist(), strict=True))


def test_swapped_names_are_as_alike_as_equal_ones() -> None:
    swapped = similarity_of(records(8), 0, 50)

    assert swapped["given"] == swapped["family"] == 1.0


def test_in_a_table_without_swapped_names_they_are_two_other_names() -> None:
    table = records(2)

    assert similarity_of(table, 0, 50)["given"] < 0.5
    assert not any(name.endswith(":swapped") for name in Matcher().prepare(table).comparer.names)


@pytest.mark.parametrize(
    ("given", "family", "expected"),
    [
        ("Lang", "Anna", 1.0),
        ("Lanng", "Anna", 0.8),
        ("Lang", "Anne", 0.75),
        ("Lang", "Otto", 0.0),
        ("Anna", "Lang", 0.0),
        ("Lang", None, np.nan),
    ],
)
def test_the_measure_is_the_smaller_similarity_of_the_two_values(
    given: str, family: str | None, expected: float, make_views: Callable[[Columns], Views]
) -> None:
    views = make_views(
        {
            "given": (Kind.NAME, ["Anna", given, *GIVEN * 2, *FAMILY[:3]]),
            "family": (Kind.NAME, ["Lang", family, *FAMILY * 2, *GIVEN[:3]]),
        }
    )
    pairs = CandidatePairs.of(np.array([0]), np.array([1]))

    compared = Comparer.plan(views, pairs).compare(pairs)
    found = compared.features[0, [swapped_features(compared.names)[c] for c in ("given", "family")]]

    np.testing.assert_allclose(found, [expected, expected], rtol=1e-6)


def test_people_with_swapped_names_are_matched_without_labels() -> None:
    found = np.asarray(Matcher().fit(records(8)).find_matches(records(8)).match_id)

    assert (found[:50] == found[50:]).all()


def test_a_model_compares_swapped_names_in_tables_where_they_are_seldom() -> None:
    matcher = Matcher().fit(records(8), labels(8))

    prepared = matcher.prepare(records(1))

    assert prepared.comparer.names == matcher.prepare(records(8)).comparer.names
    assert np.isfinite(matcher.score(prepared).probability).all()


def test_a_model_of_a_table_without_swapped_names_compares_none(tmp_path: Path) -> None:
    Matcher().fit(records(0), labels(0)).save(tmp_path / "model")

    matcher = Matcher.load(tmp_path / "model")

    names = matcher.prepare(records(8)).comparer.names
    assert not any(name.endswith(":swapped") for name in names)
    assert matcher.score(records(8)).probability.shape[0] > 0


def test_some_records_are_compared_as_they_were_among_all() -> None:
    views = Views(records(8))
    rows = np.array([0, 3, 7, 20, 50, 53, 57, 80], np.int32)
    left, right = np.triu_indices(len(rows), 1)
    among_all = CandidatePairs.of(rows[left], rows[right])
    whole = Comparer.plan(views, among_all)

    part = whole.take(rows).compare(CandidatePairs.of(left, right))

    assert part.features.tobytes() == whole.compare(among_all).features.tobytes()
    assert (part.features[:, part.names.index("given:swapped")] > 0).any()
