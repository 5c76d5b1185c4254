"""Models that were trained before some comparators were there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import matchloop as ml
from matchloop.matching.comparing import BUILTIN, comparer

TITLES = [
    f"{brand} {thing} {number} {colour}"
    for brand in ("acme", "bolt", "corel")
    for thing in ("phone", "camera")
    for number in range(10, 16)
    for colour in ("black", "white", "black retail")
]


def test_a_model_without_a_new_comparator_matches_as_it_did(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = pd.DataFrame({"id": [str(at) for at in range(len(TITLES))], "title": TITLES})
    records = ml.read_records(rows, key="id", kinds={"title": "text"})
    with monkeypatch.context() as earlier:
        # a dictionary of its own: put back, the comparator would stand last for all other tests
        known = {name: part for name, part in BUILTIN.items() if name != "alignment"}
        earlier.setattr(comparer, "BUILTIN", known)
        matcher = ml.Matcher().fit(records)
        expected = matcher.find_matches(records)
        matcher.save(tmp_path / "model")

    loaded = ml.Matcher.load(tmp_path / "model")
    prepared = ml.Matcher().prepare(records)

    assert "title:contrast" in prepared.comparer.names
    for table in (records, prepared):
        found = loaded.find_matches(table)
        assert found.match_id.tolist() == expected.match_id.tolist()
        assert found.confidence.tolist() == expected.confidence.tolist()
