from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from api.conftest import Server


def exchange(server: Server, *pieces: bytes) -> bytes:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port or 0), timeout=30) as talk:
        for piece in pieces:
            talk.sendall(piece)
        talk.shutdown(socket.SHUT_WR)
        read = b""
        while piece := talk.recv(65536):
            read += piece
    return read


def head(server: Server, method: str = "POST", path: str = "/v1/GetJobs", *lines: str) -> bytes:
    host = urlsplit(server.url).netloc
    told = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *lines]
    return "\r\n".join([*told, "", ""]).encode()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/v1/GetJobs"])
def test_calls_are_sent_by_post(server: Server, method: str, path: str) -> None:
    read = exchange(server, head(server, method, path))
    assert read.startswith(b"HTTP/1.1 405")
    assert b"allow: POST" in read


def test_a_body_past_the_limit_is_refused_whole_or_in_chunks(
    start_server: Callable[..., Server],
) -> None:
    server = start_server(max_body_mb=1)
    kind = "Content-Type: application/json"
    long = b" " * (1 << 20) + b"{}"
    told = exchange(
        server, head(server, "POST", "/v1/GetJobs", kind, f"Content-Length: {len(long)}"), long
    )
    chunk = b"%x\r\n%s\r\n" % (len(long), long)
    chunked = exchange(
        server,
        head(server, "POST", "/v1/GetJobs", kind, "Transfer-Encoding: chunked"),
        chunk,
        b"0\r\n\r\n",
    )
    for read in (told, chunked):
        assert read.startswith(b"HTTP/1.1 413")
        assert b"REQUEST_TOO_LARGE" in read


def test_a_length_that_no_one_would_read_is_refused_at_once(server: Server) -> None:
    lines = ("Content-Type: application/json", f"Content-Length: {10**15}")
    read = exchange(server, head(server, "POST", "/v1/GetJobs", *lines))
    assert read.startswith(b"HTTP/1.1 413")


def test_a_request_that_takes_too_long_is_ended(start_server: Callable[..., Server]) -> None:
    server = start_server(request_timeout_s=0.2)
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port or 0), timeout=30) as talk:
        talk.sendall(head(server, "POST", "/", "Content-Length: 10"))
        read = talk.recv(65536)
    assert read.startswith(b"HTTP/1.1 400")
    assert b"OperationTimeoutException" in read


def test_who_waits_to_be_told_to_go_on_is_told(server: Server) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port or 0), timeout=30) as talk:
        lines = ("Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue")
        talk.sendall(head(server, "POST", "/v1/GetJobs", *lines))
        assert talk.recv(65536).startswith(b"HTTP/1.1 100")
        talk.sendall(b"{}")
        assert talk.recv(65536).startswith(b"HTTP/1.1 200")
