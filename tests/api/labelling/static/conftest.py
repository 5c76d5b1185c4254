"""A browser on the labelling page: one browser a session, one context a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.labelling.static.person import Labelling, PageServer, Serve, SitDown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the chromium that is installed; playwright's own download is never used."""
    playwright_api = pytest.importorskip(
        "playwright.sync_api", reason="the page is tested with playwright, which is not installed"
    )
    program = os.environ.get("MATCHLOOP_CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.skip("no chromium: install it or name it in MATCHLOOP_CHROMIUM")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers of a table, each with its own events."""
    running: list[PageServer] = []

    def start(table: str = "people", *, sets: int = 5, **options: Any) -> PageServer:
        server = PageServer(tmp_path / f"events-{len(running)}.sqlite", table, sets, options)
        running.append(server)
        server.start()
        return server

    yield start
    for server in running:
        server.kill()


@pytest.fixture
def sit_down(browser: Browser) -> Iterator[SitDown]:
    """Open the page for a person; any error in the page or request elsewhere fails the test."""
    people: list[Labelling] = []
    contexts: list[BrowserContext] = []

    def start(
        server: PageServer, *, context: BrowserContext | None = None, **options: Any
    ) -> Labelling:
        if context is None:
            options.setdefault("viewport", {"width": 1366, "height": 768})
            context = browser.new_context(**options)
            contexts.append(context)
        person = Labelling(context.new_page(), server, [])

        def look_at(message: ConsoleMessage) -> None:
            # A server that is away shows as an error of the network, which tests bring about.
            if message.type == "error" and "Failed to load resource: net::" not in message.text:
                person.problems.append(message.text)

        def note(request: Request) -> None:
            if not request.url.startswith((server.url, "data:")):
                person.problems.append(f"asked for {request.url}")

        person.page.on("pageerror", lambda error: person.problems.append(str(error)))
        person.page.on("console", look_at)
        person.page.on("request", note)
        people.append(person)
        return person.open()

    yield start
    for context in contexts:
        context.close()
    assert [problem for person in people for problem in person.problems] == []
