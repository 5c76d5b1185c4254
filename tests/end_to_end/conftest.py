"""What the end-to-end tests of the server share: ``matchloop serve``, started as a user does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from end_to_end.csv_rows import Rows, read, write

ROOT = Path(__file__).resolve().parents[2]


Serve = Callable[..., AbstractContextManager["Served"]]


def of_a_user(**more: str) -> dict[str, str]:
    """Return the environment of a user who never spoke to AWS, with all installed on the path."""
    here = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    places = [str(Path(sys.executable).parent), here.get("PATH", "")]
    return {
        **here,
        "PATH": os.pathsep.join(places),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **more,
    }


@dataclass(frozen=True)
class Served:
    """A server that runs with its worker.

    Parameters
    ----------
    url, line
        Where it answers, and the line that says so.
    folder
        Where it was started; its files may be below.
    """

    url: str
    line: str
    folder: Path

    @property
    def signing(self) -> dict[str, str]:
        """Return the environment of a client; the server has no keys and takes any."""
        return of_a_user(
            AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_ACCESS_KEY_ID="any",
            AWS_SECRET_ACCESS_KEY="any",
        )


@contextmanager
def serving(folder: Path, command: str = "matchloop serve --data-dir .") -> Iterator[Served]:
    """Start the server by its command in a folder, on a port that is free."""
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        server = subprocess.Popen(
            [*command.split(), "--port", "0"],
            cwd=folder,
            env=of_a_user(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, f"the server said: {line!r}"
            yield Served(found[0], line, folder)
        finally:
            server.terminate()
            server.communicate(timeout=60)


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Return what starts a server in a folder by a command."""
    return serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server with a worker that the tests of a file share."""
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="session")
def hundred_people() -> tuple[Rows, Mapping[str, str]]:
    """Return a hundred rows of the sample table, and which person each of its rows is."""
    truth = {row["id"]: row["person"] for row in read(ROOT / "data/people_truth.csv")}
    rows = sorted(read(ROOT / "data/people.csv"), key=lambda row: int(truth[row["id"]]))[:100]
    return rows, truth


@pytest.fixture(scope="module")
def people(served: Served, hundred_people: tuple[Rows, Mapping[str, str]]) -> Mapping[str, str]:
    """Put a hundred persons below ``people/`` and return which person each row is."""
    rows, truth = hundred_people
    (served.folder / "people").mkdir(exist_ok=True)
    write(served.folder / "people/people.csv", rows)
    return truth
