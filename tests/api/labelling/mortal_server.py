"""A server that is killed and started again and again, for tests: ``mortal_server.py DATA_DIR``.

Each line on stdin starts a child that serves; its process id and port are printed. The packages
are imported once, here, and an application is made once: a child is there within milliseconds.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import uvicorn

from matchloop_api.app import create_app
from matchloop_api.settings import Settings


def serve(folder: Path, listening: socket.socket) -> None:
    """Serve until killed."""
    app = create_app(Settings(data_dir=folder))
    uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none")).run([listening])


def main() -> None:
    """Start a child for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Else each child would import it at its first submit.
    import_module("matchloop_api.labelling.entries")
    with tempfile.TemporaryDirectory() as other:
        create_app(Settings(data_dir=Path(other)))
    for _ in sys.stdin:
        listening = socket.create_server(("127.0.0.1", 0))
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # log lines would mix with the ports
            serve(Path(sys.argv[1]), listening)
            os._exit(0)
        sys.stdout.write(f"{child} {listening.getsockname()[1]}\n")
        sys.stdout.flush()
        listening.close()


if __name__ == "__main__":
    main()
