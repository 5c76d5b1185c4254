"""Tests of matching run on every core, as the programs of users do."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _as_users_have_it(on_every_core: None) -> None:
    """Let compiled code and thread pools use every core."""
