from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matchloop_api.store import AccessKey, Store

NOW = datetime(2025, 1, 31, tzinfo=UTC)


def test_keys_are_added_listed_and_revoked_once(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    second = AccessKey(id="A2", secret="s", role="reader", name="n", created_at=later)
    first = AccessKey(id="A9", secret="t", role="admin", name="m", created_at=NOW)
    with store.writing() as tx:
        tx.keys.add(second)
        tx.keys.add(first)
        with pytest.raises(KeyError, match="A9"):
            tx.keys.add(first)

    with store.writing() as tx:
        assert tx.keys.all() == [first, second]
        assert tx.keys.revoke("A2", now=later)
        assert not tx.keys.revoke("A2", now=later)
        assert not tx.keys.revoke("A3", now=later)

    with store.reading() as tx:
        found = tx.keys.get("A2")
        assert found is not None
        assert found.revoked_at == later
        assert tx.keys.get("A3") is None


def test_a_secret_is_not_shown() -> None:
    key = AccessKey(id="A1", secret="hush", role="admin", name="n", created_at=NOW)

    assert "hush" not in repr(key)
