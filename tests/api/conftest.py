"""What the server's tests share: stores of both kinds, and a live server with real clients."""

from __future__ import annotations

import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import structlog
import uvicorn
from botocore.config import Config

from matchloop_api.app import create_app
from matchloop_api.settings import Settings
from matchloop_api.store import Store, open_store

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from conftest import DatabaseLike


@pytest.fixture(scope="module", autouse=True)
def _small_forests(small_forests: None) -> None:
    """Learn small forests: what the server does with a model does not depend on its size."""


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty store in a file, to be copied: the migrations take longer than most tests."""
    file = tmp_path_factory.mktemp("store") / "matchloop.sqlite"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_template(database_like: DatabaseLike) -> Iterator[str]:
    """Return the name of a database that holds an empty store, to be copied."""
    with database_like("template1") as url:
        open_store(url).close()
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, sqlite_file: Path, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty store, once for each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(sqlite_file, tmp_path)}"
        return
    database_like, template = map(request.getfixturevalue, ("database_like", "postgres_template"))
    with database_like(template) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store, once for each kind of database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Undo what ``configure_logs`` does."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is running.

    Parameters
    ----------
    url
        Where it answers.
    settings, store
        What it runs on; the store may be used beside it.
    """

    url: str
    settings: Settings
    store: Store

    def client(self, service: str = "glue", **options: Any) -> Any:
        """Return a boto3 client of it; ``parameter_validation=False`` sends what is wrong, too."""
        client: Any = boto3.client
        return client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=options.pop("key_id", "AKIDEXAMPLE"),
            aws_secret_access_key=options.pop("secret", "secret"),
            config=Config(
                parameter_validation=options.pop("parameter_validation", True),
                retries={"total_max_attempts": 1},
            ),
            **options,
        )


@contextmanager
def _running(settings: Settings) -> Iterator[Server]:
    store = open_store(settings.store_url)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(settings, store, check_responses=True)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        yield Server(url, settings, store)
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
        store.close()


@pytest.fixture
def start_server(tmp_path: Path, sqlite_file: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with settings of one's own; SQLite in a fresh data folder unless said."""
    with ExitStack() as stack:

        def start(**chosen: Any) -> Server:
            settings = replace(Settings(data_dir=tmp_path / "data"), **chosen)
            if not settings.data_dir.exists():
                settings.data_dir.mkdir(parents=True)
                shutil.copy(sqlite_file, settings.data_dir)
            return stack.enter_context(_running(settings))

        yield start


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a live server that the tests of a file share: for tests that do not disturb others."""
    with _running(Settings(data_dir=tmp_path_factory.mktemp("data"))) as server:
        yield server


@pytest.fixture
def server_settings() -> Mapping[str, Any]:
    """Return settings of the server; a test file or a parameter may override this fixture."""
    return {}


@pytest.fixture
def server(start_server: Callable[..., Server], server_settings: Mapping[str, Any]) -> Server:
    """Return a live server on SQLite with a fresh data folder.

    Override ``server_settings`` for others; for PostgreSQL give ``{"database_url": url}``.
    """
    return start_server(**server_settings)


@pytest.fixture
def glue(server: Server) -> Iterator[GlueClient]:
    """Return a boto3 client of the server as users have it."""
    client = server.client()
    yield client
    client.close()


@pytest.fixture
def raw_glue(server: Server) -> Iterator[GlueClient]:
    """Return a boto3 client that sends what boto3 itself would refuse."""
    client = server.client(parameter_validation=False)
    yield client
    client.close()
