"""What a browser loads until the first set is drawn, and what needs no network afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from api.labelling.static.person import Serve, SitDown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from api.conftest import Server

TRANSFERRED = 26_000
UNPACKED = 60_000
"""Bytes at most until the first set is on the screen."""

TO_ANSWER = 12_000
"""Unpacked bytes at most after that, until it can be answered."""

NOTE = """() => {
    const noted = (name) => performance.mark(name);
    new MutationObserver(([{ target }], watch) => {
        if (document.querySelector("#grid td") && !performance.getEntriesByName("drawn").length)
            noted("drawn");
        if (document.documentElement.dataset.shown && document.querySelector("#grid td")) {
            noted("shown");
            watch.disconnect();
        }
    }).observe(document, { subtree: true, childList: true, attributes: true });
}"""

LOADED = """(mark) => {
    const until = performance.getEntriesByName(mark)[0].startTime;
    const loaded = [...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource").filter((one) => /static/.test(one.name))];
    const before = loaded.filter((one) => one.entryType === "navigation" || one.startTime < until);
    const sum = (name) => before.reduce((total, one) => total + one[name], 0);
    return [sum("encodedBodySize"), sum("decodedBodySize"), before.map((one) => one.name)];
}"""

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desk", "phone"])
def test_the_first_set_needs_few_bytes(
    server: Server, queue: Callable[..., str], browser: Browser, window: dict[str, Any]
) -> None:
    with browser.new_context(**window) as context:
        page = context.new_page()
        page.add_init_script(f"({NOTE})()")
        page.goto(f"{server.url}/label/{queue(server.store)}")
        page.wait_for_selector("html[data-shown]")
        transferred, unpacked, names = page.evaluate(LOADED, "drawn")
        answerable = page.evaluate(LOADED, "shown")[1]

    assert {name.rpartition("/")[2] for name in names} >= {"label.js", "diff.js", "label.css"}
    assert transferred <= TRANSFERRED
    assert unpacked <= UNPACKED
    assert answerable <= UNPACKED + TO_ANSWER


def test_what_was_loaded_in_idle_time_opens_without_the_network(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve(copies=1, curator=True)).wait_for("S1").wait_until_saved()
    person.page.wait_for_selector("html[data-loaded=all]")
    person.page.context.set_offline(True)
    for key in ("?", "t", "s", "!"):
        person.press(key)
        person.page.wait_for_selector("dialog[open]")
        person.press("Escape")
    person.page.click("#examples")
    person.page.wait_for_selector("dialog[open] h2:text('What is a match?')")
    person.press("Escape", ".", "z", "v", "v", ".", "Enter", "Enter").wait_for("S2")
    person.page.click("#answers")
    person.page.wait_for_selector("#screen.answers")
    person.page.click("text=Back to the set")
    person.wait_for("S2").page.context.set_offline(False)
    assert list(person.wait_until_saved().server.partitions()) == ["S1"]


def test_keys_wait_for_commands_that_are_still_loaded(serve: Serve, sit_down: SitDown) -> None:
    # a page that has shown S1 opens at S1 again and asks for one set more
    person = sit_down(serve()).wait_for("S1")
    delayed: list[Route] = []
    person.page.route("**/away.js", lambda route: delayed.append(route))
    page: Page = person.page
    with page.expect_response("**/sets?have=S1"):  # the set that the last key is meant for
        person.open()
    page.wait_for_selector("html[data-shown=S1]")
    person.press(" ", "n", ".", " ", "Enter", "Enter", "n")
    assert person.letters[:4] == ["A", "A", "B", ""]
    assert delayed
    for route in delayed:
        route.continue_()
    person.wait_for("S2")
    assert person.letters[:3] == ["A", "B", ""]
    assert set(person.wait_until_saved().server.partitions()) == {"S1"}
