"""A web server that reports when it answers."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

__all__ = ["ReadyServer"]


class ReadyServer(uvicorn.Server):
    """A server that calls ``on_ready`` once it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and report it unless starting failed."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()
