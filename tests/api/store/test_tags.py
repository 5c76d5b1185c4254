from __future__ import annotations

from matchloop_api.store import Store


def test_tags_are_read_as_they_were_put(store: Store) -> None:
    with store.writing() as tx:
        tx.tags.put("mlTransform/tfm-1", {"Team": "ä", "": "empty"})
        tx.tags.put("database/d", {"a": "b"})

    with store.reading() as tx:
        assert tx.tags.get("mlTransform/tfm-1") == {"Team": "ä", "": "empty"}
        assert tx.tags.all("mlTransform") == {"mlTransform/tfm-1": {"Team": "ä", "": "empty"}}
        assert tx.tags.get("mlTransform/tfm-2") == {}


def test_no_tags_remove_the_tags(store: Store) -> None:
    with store.writing() as tx:
        tx.tags.put("database/d", {"a": "b"})
        tx.tags.put("database/d", {})

    with store.reading() as tx:
        assert tx.tags.all("database") == {}
