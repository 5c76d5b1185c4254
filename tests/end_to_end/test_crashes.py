"""A short campaign of kills; ``benchmarks/crashes.py`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from crashes import campaign

KILLS = 8


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_when_processes_are_killed(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = str(request.getfixturevalue("postgres_url")) if kind == "postgresql" else ""

    summary = campaign(kills=KILLS, seed=0, folder=tmp_path, database_url=url)

    assert summary.wrong == []
    assert sum(summary.kills.values()) == KILLS
