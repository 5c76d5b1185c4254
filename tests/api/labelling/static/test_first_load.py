"""What a browser loads before the first set can be answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from api.conftest import Server

TRANSFERRED = 32_000
UNPACKED = 80_000
"""Bytes at most. Before dialogs and screens were loaded when they are opened, these were 94,900
bytes, and nothing was compressed."""

SUMS = """() => {
    const loaded = [...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource").filter((one) => /static/.test(one.name))];
    const sum = (name) => loaded.reduce((total, one) => total + one[name], 0);
    return [sum("encodedBodySize"), sum("decodedBodySize"), loaded.map((one) => one.name)];
}"""


def test_the_first_set_needs_few_bytes(
    server: Server, queue: Callable[..., str], browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{server.url}/label/{queue(server.store)}")
        page.wait_for_selector("html[data-shown]")
        transferred, unpacked, names = page.evaluate(SUMS)
        page.keyboard.press("?")
        page.wait_for_selector("dialog[open]")
        more = page.evaluate(SUMS)[2]

    assert transferred <= TRANSFERRED
    assert unpacked <= UNPACKED
    for late in ("dialog.js", "keysheet.js", "more.css"):
        assert not any(name.endswith(late) for name in names)
        assert any(name.endswith(late) for name in more)
