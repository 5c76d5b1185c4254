"""Questions are tested with small forests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _small_forests(small_forests: None) -> None:
    """Learn small forests."""
