"""Make the pictures of the labelling page in this folder, from the tables of its tests.

Run ``python docs/pictures/make.py`` with the development extra and chromium installed. A picture
changes only when the page, the tables or the fonts change.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from api.labelling.static.person import Labelling, PageServer  # noqa: E402

DESKTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
COLOURS = 160
SETTLED_MS = 300

Steps = Callable[[Labelling], Any]


def half(person: Labelling) -> None:
    """Answer half of the set."""
    person.wait_for().press(" ", "n", "n", " ", "n", " ")


def done(person: Labelling) -> None:
    """Answer the whole set."""
    person.wait_for().press(*person.answer_keys())


def over(person: Labelling) -> None:
    """Gather a set with a slip in row 3 and a row left out."""
    person.wait_for().press(" ", " ", " ", "n", "n", "c", "n", " ", "u", "Enter")


def after(first: Steps, *keys: str) -> Steps:
    """Return the steps followed by keys."""

    def steps(person: Labelling) -> None:
        first(person)
        person.press(*keys)

    return steps


def search(person: Labelling) -> None:
    """Search for a missing partner."""
    half(person)
    person.press("s")
    person.page.keyboard.type("walch")
    person.page.wait_for_selector(".results button")


def practice(person: Labelling) -> None:
    """Answer a practice set with a mistake."""
    person.wait_for("practice-1").press(" ", " ", " ", "Enter", "Enter")
    person.page.wait_for_selector("dialog[open]")


def setup(person: Labelling) -> None:
    """Show the start of a table."""
    person.page.wait_for_selector("#screen.setup")


def answers(person: Labelling) -> None:
    """Show the answers after two sets."""
    for _ in range(2):
        person.wait_for().press(*person.answer_keys(), "Enter", "Enter")
    person.wait_for("S3").wait_until_saved().page.click("#answers")
    person.page.wait_for_selector("ul.answers button")


def end(person: Labelling) -> None:
    """End the session and write the files."""
    person.wait_for().press("Escape", "Escape")
    person.page.click("text=Finish")
    person.page.wait_for_selector("a[download]")


def define(person: Labelling) -> None:
    """Open the form in which a curator writes the definition, with two rows selected."""
    half(person)
    person.press("ArrowUp", "Shift+ArrowUp").page.click("#examples")
    person.page.click("text=Edit")
    person.page.click("text=Add the 2 selected rows")


def flags(person: Labelling) -> None:
    """List two flags, one with a reply."""
    half(person)
    for keys, reason, remark in (
        (("ArrowUp", "Shift+ArrowUp"), "rule unclear", "Married twice? The phone is the same."),
        (("ArrowDown",), "data error", "The house number stands in the wrong column."),
    ):
        person.press(*keys, "!").page.select_option("dialog select", reason)
        person.page.fill("dialog textarea", remark)
        person.page.click("dialog .main")
    person.wait_until_saved().page.click("#end")
    person.page.click("text=See to 2 flags")
    person.page.fill("section:nth-child(2) textarea", "Which of the two is right?")
    person.page.click("section:nth-child(2) >> text=Reply >> nth=-1")
    person.page.wait_for_selector(".replies")


def thumb(person: Labelling) -> None:
    """Answer a row with a finger."""
    person.wait_for().page.tap("[data-command=same]")


PICTURES: dict[str, tuple[str, dict[str, Any], Steps]] = {
    "set": ("people", {}, half),
    "look-over": ("people", {}, over),
    "articles": ("articles", {}, after(half, "ArrowUp")),
    "chinese": ("chinese", {}, half),
    "arabic": ("arabic", {}, half),
    "hostile": ("hostile", {}, after(lambda person: person.wait_for(), " ", "n")),
    "wide": ("wide", {}, half),
    "pair": ("two", {}, lambda person: person.wait_for()),
    "columns": ("people", {}, after(half, "v")),
    "compare": ("people", {}, after(half, "ArrowUp", "ArrowUp", "t")),
    "keys": ("people", {}, after(half, "?")),
    "search": ("people", {}, search),
    "practice": ("people", {"practice": 2}, practice),
    "start": ("people", {"setup": True}, setup),
    "answers": ("people", {}, answers),
    "end": ("people", {}, end),
    "define": ("people", {"curator": True}, define),
    "flags": ("people", {"curator": True}, flags),
    "review": ("people", {"doubtful": True}, after(lambda person: person.wait_for(), " ", "n")),
    "phone": ("people", {}, thumb),
}


def save(page: Page, name: str) -> None:
    """Save a picture with few colours, which makes it small."""
    page.wait_for_timeout(SETTLED_MS)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


def picture(browser: Browser, folder: Path, name: str, scheme: str) -> None:
    """Make one picture."""
    table, options, steps = PICTURES[name]
    server = PageServer(folder / f"{name}-{scheme}.sqlite", table, options=options)
    server.start()
    size: dict[str, Any] = PHONE if name == "phone" else DESKTOP
    clock = {"timezone_id": "UTC", "locale": "en-GB"}
    try:
        with browser.new_context(color_scheme=scheme, **size, **clock) as context:
            person = Labelling(context.new_page(), server, [])
            steps(person.open())
            save(person.page, f"{name}-{scheme}")
    finally:
        server.kill()


def main() -> None:
    """Make the pictures that are named, or all."""
    names = sys.argv[1:] or list(PICTURES)
    program = os.environ.get("MATCHLOOP_CHROMIUM") or shutil.which("chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        for name in names:
            for scheme in ("light", "dark"):
                picture(browser, Path(folder), name, scheme)
        browser.close()


if __name__ == "__main__":
    main()
