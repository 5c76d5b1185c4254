"""The page's server as a process, and a person at the page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.labelling.static.tables import TABLES

if TYPE_CHECKING:
    from playwright.sync_api import Page

TESTS = Path(__file__).parents[3]
KEYS = {" ": "Space"}
OPENING = ("?", "t", "s", "!")
"""Keys that open a dialog, whose module is loaded when it is first wanted."""

PATIENCE_MS = 120_000  # against hanging only; nothing is timed

TAKEN: set[int] = set()
"""Ports that a server of this process had: the browser may still store something of theirs."""


@dataclass
class PageServer:
    """The page's server as a process that can be killed and started again on the same port."""

    database: Path
    table: str
    sets: int = 5
    options: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start at the port that it had, or at a free one that no server of this process had."""
        port = self._started(self.port)
        while not self.port and port in TAKEN:
            self.kill()
            port = self._started(0)
        self.port = port
        TAKEN.add(port)

    def _started(self, port: int) -> int:
        """Start a process and return its port, as soon as it listens."""
        command = [sys.executable, "-m", "api.labelling.static.server"]
        command += [str(port), str(self.database)]
        command += [self.table, str(self.sets), json.dumps(self.options)]
        path = os.pathsep.join([str(TESTS), *sys.path])
        env = {**os.environ, "PYTHONPATH": path}
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said:
            raise RuntimeError("the page's server did not start")
        return int(said)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def events(self, **wanted: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/events") as answer:
            events = json.load(answer)
        return [event for event in events if all(event[k] == v for k, v in wanted.items())]

    def partitions(self) -> dict[str, dict[str, str | None]]:
        """Return the last answer to each set."""
        return {event["set"]: event["partition"] for event in self.events(kind="submit")}

    @property
    def groups(self) -> list[str]:
        return list(TABLES[self.table]["groups"])


@dataclass
class Labelling:
    """A person at the page."""

    page: Page
    server: PageServer
    problems: list[str]

    def open(self) -> Labelling:
        self.page.goto(f"{self.server.url}/label/t1")
        return self

    def wait_for(self, name: str = "") -> Labelling:
        """Wait until a set is drawn, any or the named one, and every command is loaded."""
        self.page.wait_for_selector(
            f"html[data-loaded][data-shown{f'={name!r}' if name else ''}]", timeout=PATIENCE_MS
        )
        return self

    def press(self, *keys: str) -> Labelling:
        for key in keys:
            self.page.keyboard.press(KEYS.get(key, key))
            if key in OPENING:
                self.page.wait_for_selector("html:not([data-screen='opening'])")
        return self

    def wait_until_saved(self) -> Labelling:
        self.page.wait_for_selector("#saved.good", timeout=PATIENCE_MS)
        return self

    @property
    def shown(self) -> str:
        return str(self.page.evaluate("document.documentElement.dataset.shown"))

    @property
    def rows(self) -> list[str]:
        """The accessible names of the rows, in the order shown."""
        return list(
            self.page.eval_on_selector_all(
                "#grid tbody tr", "all => all.map((row) => row.ariaLabel)"
            )
        )

    @property
    def letters(self) -> list[str]:
        """The group of each row: a letter, "-" for left out, "" for none."""
        script = """all => all.map((cell) => cell.querySelector('.badge b')?.textContent
            ?? (cell.querySelector('.left-out') ? '-' : ''))"""
        return list(self.page.eval_on_selector_all("td.group", script))

    @property
    def cursor(self) -> int:
        return int(self.page.text_content("tr.cursor th.n") or 0)

    def answer_keys(self) -> list[str]:
        """Return the keys that group the set as its truth does, without the two Enter."""
        keys: list[str] = []
        groups = self.server.groups
        for i, group in enumerate(groups[1:], 1):
            if group == groups[i - 1]:
                keys.append(" ")
            else:
                keys.append(group.lower() if group in groups[:i] else "n")
        return keys


Serve = Callable[..., PageServer]
SitDown = Callable[..., Labelling]
