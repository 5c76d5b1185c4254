from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matchloop_api.store import Resource, Store

NOW = datetime(2025, 1, 31, tzinfo=UTC)


def table(name: str, scope: str = "d") -> Resource:
    return Resource(
        kind="table", scope=scope, name=name, body={"Name": name}, created_at=NOW, modified_at=NOW
    )


def test_a_name_is_unique_in_its_kind_and_scope(store: Store) -> None:
    with store.writing() as tx:
        for one in (table("a"), table("a", scope="e"), replace(table("a"), kind="crawler")):
            tx.resources.add(one)
        with pytest.raises(KeyError, match="a"):
            tx.resources.add(table("a"))

    with store.reading() as tx:
        assert tx.resources.get("table", "a", scope="d") == table("a")
        assert tx.resources.get("table", "a", scope="e") == table("a", scope="e")
        assert tx.resources.get("table", "a") is None


def test_all_come_by_name_the_same_in_every_database(store: Store) -> None:
    names = ["b", "a", "Z", "_", "ä", "a b", "aa", "a-b", "\U0001f600", "\uffee"]
    with store.writing() as tx:
        for name in names:
            tx.resources.add(table(name))
        tx.resources.add(table("elsewhere", scope="e"))

    with store.reading() as tx:
        assert [one.name for one in tx.resources.all("table", scope="d")] == sorted(names)


def test_a_resource_is_replaced_and_removed(store: Store) -> None:
    changed = replace(table("a"), body={"Name": "a", "x": [1]}, modified_at=NOW + timedelta(days=1))
    with store.writing() as tx:
        tx.resources.add(table("a"))
        tx.resources.replace(changed)
        with pytest.raises(KeyError, match="b"):
            tx.resources.replace(table("b"))

    with store.writing() as tx:
        assert tx.resources.get("table", "a", scope="d") == changed
        assert tx.resources.remove("table", "a", scope="d")
        assert not tx.resources.remove("table", "a", scope="d")
        assert tx.resources.all("table", scope="d") == []
