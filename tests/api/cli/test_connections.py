from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from matchloop_api.cli.connections import Connection


class Hasty(Connection):
    HEAD_S = 0.2


async def hello(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(hello, http=Hasty, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield listening.getsockname()
    server.should_exit = True
    thread.join(30)
    listening.close()


@pytest.mark.parametrize(
    "begun", [b"", b"P", b"\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "]
)
def test_a_head_that_never_ends_is_given_up(begun: bytes, address: tuple[str, int]) -> None:
    with socket.create_connection(address, 30) as slow:
        slow.sendall(begun)
        assert slow.recv(100) == b""


def test_a_second_head_that_never_ends_is_given_up(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 30) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(1000).endswith(b"ok")
        slow.sendall(b"GET / HT")
        assert slow.recv(100) == b""


def test_a_head_that_is_too_long_is_refused(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 30) as long:
        try:
            long.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            for _ in range(64):
                long.sendall(b"x" * 65536)
        except ConnectionError:
            return
        assert b"ok" not in long.recv(1000)


def test_requests_that_come_in_pieces_or_together_are_answered(address: tuple[str, int]) -> None:
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
    )
    with socket.create_connection(address, 30) as one:
        for part in (request[:10], request[10:70], request[70:], request + request):
            one.sendall(part)
        answers = b""
        while answers.count(b"200 OK") < 3:
            got = one.recv(1000)
            assert got
            answers += got
