from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from matchloop_api.errors import OperationTimeoutException
from matchloop_api.store import Deadline, HurriedStore, Store, open_store

if TYPE_CHECKING:
    from api.conftest import Server

FAR_S = 600.0


def put(store: Store, resource: str) -> None:
    with store.writing() as tx:
        tx.tags.put(resource, {"a": "b"})


def test_what_is_given_up_is_rolled_back(store: Store) -> None:
    deadline = Deadline(FAR_S)

    def write() -> None:
        with HurriedStore(store, deadline).writing() as tx:
            tx.tags.put("a/1", {"a": "b"})
            assert deadline.give_up()

    with pytest.raises(OperationTimeoutException, match="nothing was changed"):
        write()
    with store.reading() as tx:
        assert tx.tags.get("a/1") == {}


def test_what_has_taken_effect_cannot_be_given_up(store: Store) -> None:
    deadline = Deadline(FAR_S)
    put(HurriedStore(store, deadline), "a/1")

    assert not deadline.give_up()
    with store.reading() as tx:
        assert tx.tags.get("a/1") == {"a": "b"}


@pytest.mark.parametrize("same_process", [True, False])
def test_a_writer_waits_for_its_turn_no_longer_than_its_request(
    store: Store, store_url: str, same_process: bool
) -> None:
    other = store if same_process else open_store(store_url)
    with ThreadPoolExecutor(1) as thread, store.writing() as tx:
        tx.tags.put("a/1", {"a": "b"})
        hurried = HurriedStore(other, Deadline(0.3))
        waiting = thread.submit(put, hurried, "a/2")
        with pytest.raises(OperationTimeoutException, match=r"for 0\.\d+ seconds; nothing was"):
            waiting.result(timeout=FAR_S)
    put(other, "a/3")

    with store.reading() as tx:
        assert set(tx.tags.all("a")) == {"a/1", "a/3"}
    if not same_process:
        other.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_many_writers_that_a_locked_store_times_out_none_takes_effect(
    start_server: Callable[..., Server], request: pytest.FixtureRequest, kind: str
) -> None:
    chosen = {} if kind == "sqlite" else {"database_url": request.getfixturevalue("postgres_url")}
    server = start_server(request_timeout_s=1.0, **chosen)
    blocker = open_store(server.settings.store_url)
    client = server.client()

    def create(number: int) -> str:
        try:
            client.create_database(DatabaseInput={"Name": f"database_{number}"})
        except client.exceptions.OperationTimeoutException:
            return "timeout"
        return "done"

    with ThreadPoolExecutor(20) as threads:
        with blocker.writing() as tx:
            tx.tags.put("a/1", {"a": "b"})
            told = list(threads.map(create, range(20)))
        assert told == ["timeout"] * 20
        # A writer after them shows that none of them is waiting for its turn any more.
        assert create(99) == "done"

    names = [one["Name"] for one in client.get_databases()["DatabaseList"]]
    client.close()
    blocker.close()
    assert names == ["database_99"]
