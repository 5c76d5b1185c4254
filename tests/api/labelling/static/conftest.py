"""A browser on the labelling page: one browser a session, one page for most tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.labelling.static.person import PATIENCE_MS, Labelling, PageServer, Serve, SitDown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

DESK: Any = {"width": 1366, "height": 768}


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


@pytest.fixture(scope="session")
def shared_page(browser: Browser) -> Callable[[], Page]:
    """Return a function that gives the page which tests share: to open one costs a second of CPU.

    A test finds nothing there that another one stored: every server has a port of its own, and a
    browser stores by port.
    """
    pages: list[Page] = []

    def give() -> Page:
        if not pages or pages[-1].is_closed():
            pages.append(browser.new_context(viewport=DESK).new_page())
        return pages[-1]

    return give


@pytest.fixture
def sit_down(browser: Browser, shared_page: Callable[[], Page]) -> Iterator[SitDown]:
    """Open the page for a person; any error in the page or request elsewhere fails the test.

    The first person without options sits at the shared page, every other one at a new browser.
    """
    people: list[Labelling] = []
    contexts: list[BrowserContext] = []
    listening: list[tuple[Page, str, Callable[[Any], None]]] = []

    def start(
        server: PageServer, *, context: BrowserContext | None = None, **options: Any
    ) -> Labelling:
        if context is None and not options and not people:
            page = shared_page()
        else:
            if context is None:
                context = browser.new_context(**{"viewport": DESK, **options})
                contexts.append(context)
            page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        person = Labelling(page, server, [])

        def look_at(message: ConsoleMessage) -> None:
            # A server that is away shows as an error of the network, which tests bring about.
            if message.type == "error" and "Failed to load resource: net::" not in message.text:
                person.problems.append(message.text)

        def note(request: Request) -> None:
            if not request.url.startswith((server.url, "data:")):
                person.problems.append(f"asked for {request.url}")

        def keep(error: Error) -> None:
            person.problems.append(str(error))

        for name, listener in (("pageerror", keep), ("console", look_at), ("request", note)):
            emitter: Any = page
            emitter.on(name, listener)
            listening.append((page, name, listener))
        people.append(person)
        return person.open()

    yield start
    for context in contexts:
        context.close()
    for person in people:
        if not person.page.is_closed():  # the shared page goes on to the next test
            person.page.unroute_all(behavior="ignoreErrors")
            person.page.context.set_offline(False)
            person.page.goto("about:blank")
    for page, name, listener in listening:
        page.remove_listener(name, listener)
    assert [problem for person in people for problem in person.problems] == []
