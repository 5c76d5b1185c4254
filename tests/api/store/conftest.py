from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a store that is still to be made, once for each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'matchloop.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))
