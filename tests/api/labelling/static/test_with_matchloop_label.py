"""The page on the server that ``matchloop label`` starts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("matchloop_api.cli.label", reason="the command label is not there yet")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PEOPLE = Path(__file__).parents[4] / "data" / "people.csv"
PATIENCE_MS = 240_000


class Command:
    """The command as a process that can be killed and started again."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.link = ""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "matchloop", "label", str(self.file), "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            self.kill()
            raise AssertionError(f"no link: {line!r}")
        self.link = found[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    file = tmp_path / "people.csv"
    file.write_bytes(PEOPLE.read_bytes())
    running = Command(file)
    running.start()
    yield running
    running.kill()


def shown(page: Page) -> str:
    """Wait for a set and return its id."""
    page.wait_for_selector("html[data-shown]", timeout=PATIENCE_MS)
    return str(page.get_attribute("html", "data-shown"))


def answer(page: Page, *keys: str) -> None:
    """Answer the set that is shown and wait for another one."""
    name = shown(page)
    for key in (*keys, ".", "Enter", "Enter"):
        page.keyboard.press(key)
    if name.startswith("practice"):
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Enter")
    page.wait_for_selector(f"html[data-shown]:not([data-shown='{name}'])", timeout=PATIENCE_MS)


def letters(page: Page) -> Any:
    return page.eval_on_selector_all("td.group", "all => all.map((cell) => cell.textContent)")


@pytest.mark.slow
def test_label_answers_survive_a_killed_server_and_end_in_the_files(
    command: Command, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(command.link)
        page.wait_for_selector("#screen.setup form")
        page.keyboard.press("Enter")
        while shown(page).startswith("practice"):
            answer(page)
        answer(page, "Space")
        answer(page, "n", "Space")
        name = shown(page)
        page.keyboard.press("Space")
        page.keyboard.press("u")
        page.wait_for_selector("#saved.good")
        before = letters(page)
        command.kill()
        command.start()
        page.goto(command.link)
        assert shown(page) == name
        assert letters(page) == before
        answer(page)
        page.click("#answers")
        page.wait_for_selector("ul.answers li:nth-child(3)", timeout=PATIENCE_MS)
        page.click("#end")
        page.click("text=Finish")
        with page.expect_download() as download:
            page.click("a[download$='.labels.csv']", timeout=PATIENCE_MS)
        lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert problems == []
    assert len(lines) > 10
    assert command.file.with_name("people.labels.csv").exists()
    assert command.file.with_name("people.matched.csv").exists()
