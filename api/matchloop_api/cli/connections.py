"""Connections with a time limit for a request's head; uvicorn itself waits forever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Connection"]


class Connection(HttpToolsProtocol):
    """A connection that closes if a request's head takes too long or is too long."""

    HEAD_S = 15.0
    """Seconds within which the head of a request must be there."""

    HEAD_BYTES = 64 * 1024
    """Bytes that the head of a request may have."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waits = True  # for a head
        self._ended = False  # a request, by the bytes at hand
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first head."""
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive bytes and check the size of an unfinished head."""
        super().data_received(data)
        if self._waits and not self.transport.is_closing():
            # bytes that end the previous request hardly belong to this head
            self._head_bytes = 0 if self._ended else self._head_bytes + len(data)
            self._ended = False
            if self._head_bytes > self.HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
            else:
                self._start()

    def on_headers_complete(self) -> None:
        """Stop the timer: the head is complete."""
        self._waits, self._head_bytes = False, 0
        self._stop()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Start the timer for the next head."""
        self._waits = self._ended = True
        super().on_message_complete()

    def _start(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.HEAD_S, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._start()  # a request is being answered
        elif not self.transport.is_closing():
            self.transport.close()
