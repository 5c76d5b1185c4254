"""Commands are tested with small forests, except where the tests start them as a process."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _small_forests(small_forests: None) -> None:
    """Learn small forests."""
