"""Answers survive a killed server, a lost connection, a reload and a second tab or browser."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from api.labelling.static.person import Labelling, Serve, SitDown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route


def are_gapless(events: list[dict[str, Any]]) -> bool:
    """Return whether the numbers of each session's events run without a gap or a double."""
    sessions: dict[str, list[int]] = {}
    for event in events:
        sessions.setdefault(event["session"], []).append(event["n"])
    return all(sorted(numbers) == list(range(len(numbers))) for numbers in sessions.values())


def waiting(person: Labelling) -> int:
    """Return the number of events that wait in IndexedDB."""
    script = """() => new Promise((resolve, reject) => {
        const request = indexedDB.open("matchloop:/label/t1:p1");
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
            const count = request.result.transaction("waiting").objectStore("waiting").count();
            count.onsuccess = () => { request.result.close(); resolve(count.result); };
        };
    })"""
    return int(person.page.evaluate(script))


def test_a_reload_resumes_at_the_same_row(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press(" ", " ", "n", "u")
    person.open().wait_for()
    assert person.letters == ["A", "A", "A", "B", "-", *[""] * 5]
    assert person.cursor == 6


def test_no_answered_set_comes_again_after_a_reload(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve())
    for name in ("S1", "S2"):
        person.wait_for(name).press(*person.answer_keys(), "Enter", "Enter")
    person.wait_for("S3").press("n").wait_until_saved().open()
    person.wait_for("S3").press(".", "Enter", "Enter").wait_for("S4")


def test_end_is_not_taken_away_by_the_set_that_was_awaited(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for("S1").wait_until_saved()
    held: list[Route] = []
    person.page.route("**/sets*", lambda route: held.append(route))
    for name in ("S1", "S2"):
        person.wait_for(name).press(*person.answer_keys(), "Enter", "Enter")
    person.page.wait_for_selector("html[data-screen='drawing']")
    person.page.click("#end")
    person.page.wait_for_selector(".figures")

    for route in held:
        route.continue_()
    with person.page.expect_response("**/summary*"):
        person.page.click("#end")
    person.page.wait_for_selector(".figures")
    assert person.page.get_attribute("html", "data-screen") == "end"
    person.page.unroute("**/sets*")
    person.page.click("text=Go on")
    person.wait_for("S3")


def test_a_key_pressed_just_before_the_page_is_left_is_kept(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve()).wait_for()
    for answered in range(1, 9):
        person.press("n").open().wait_for()
        assert person.letters == [*"ABCDEFGHI"[: answered + 1], *[""] * (9 - answered)]


def test_a_second_browser_resumes_at_the_same_row(serve: Serve, sit_down: SitDown) -> None:
    server = serve()
    sit_down(server).wait_for().press(" ", "n", "n").wait_until_saved()
    other = sit_down(server).wait_for()
    assert other.letters[:5] == ["A", "A", "B", "C", ""]
    assert other.cursor == 5


def test_answers_given_offline_are_sent_when_the_network_is_back(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve()).wait_for().wait_until_saved()
    before = len(person.server.events())
    person.page.context.set_offline(True)
    person.press(" ", "n", " ")
    person.page.wait_for_selector("#saved.off")
    assert "kept here" in (person.page.text_content("#saved") or "")
    assert len(person.server.events()) == before
    person.page.context.set_offline(False)
    person.wait_until_saved()
    assert len(person.server.events(kind="paint")) == 3
    assert waiting(person) == 0


def test_answers_kept_while_the_server_is_away_survive_a_closed_tab(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve()).wait_for().wait_until_saved()
    person.server.kill()
    person.press("n", " ", "n")
    person.page.wait_for_selector("#saved.off")
    context = person.page.context
    person.page.close()
    person.server.start()
    again = sit_down(person.server, context=context).wait_for().wait_until_saved()
    assert again.letters[:5] == ["A", "B", "B", "C", ""]
    assert len(person.server.events(kind="paint")) == 3
    assert are_gapless(person.server.events())


def test_25_kills_of_the_server_leave_no_gap_and_no_double(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(sets=3)).wait_for("S1")
    rng = random.Random(2)
    for _ in range(25):
        person.press(*(rng.choice([" ", "n", "a", "b", "u", "z"]) for _ in range(4)))
        person.server.kill()
        person.press("n", "z")
        person.server.start()
    person.wait_until_saved()
    letters = person.letters
    events = person.server.events()
    assert are_gapless(events)
    assert len({event["id"] for event in events}) == len(events)
    assert waiting(person) == 0
    assert sit_down(person.server).wait_for("S1").letters == letters


def test_two_tabs_write_a_set_one_at_a_time(
    serve: Serve, sit_down: SitDown, browser: Browser
) -> None:
    server = serve()
    with browser.new_context() as context:
        first = sit_down(server, context=context).wait_for("S1")
        first.press(" ").wait_until_saved()
        second = sit_down(server, context=context).wait_for("S1")
        second.page.wait_for_selector("#notice button")
        second.press("n")
        assert second.letters[:3] == ["A", "A", ""]
        second.page.click("#notice button")
        second.page.wait_for_selector("#notice", state="hidden")
        second.press("n")
        assert second.letters[:3] == ["A", "A", "B"]
        first.page.wait_for_selector("#notice button")
        first.page.bring_to_front()
        first.press("n")
        assert first.letters[:3] == ["A", "A", ""]


def test_without_indexeddb_the_page_warns_and_still_sends(
    serve: Serve, browser: Browser, sit_down: SitDown
) -> None:
    with browser.new_context() as context:
        context.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined});")
        person = sit_down(serve(), context=context).wait_for()
        assert "keeps nothing" in (person.page.text_content("#notice") or "")
        person.press(" ", "n").wait_until_saved()
        assert len(person.server.events(kind="paint")) == 2


def test_without_locks_and_random_uuids_two_tabs_still_take_turns(
    serve: Serve, browser: Browser, sit_down: SitDown
) -> None:
    server = serve()
    with browser.new_context() as context:
        context.add_init_script(
            "Object.defineProperty(navigator, 'locks', {value: undefined});"
            "delete Crypto.prototype.randomUUID;"
        )
        first = sit_down(server, context=context).wait_for("S1")
        first.press(" ").wait_until_saved()
        second = sit_down(server, context=context).wait_for("S1")
        second.page.click("#notice button")
        second.page.wait_for_selector("#notice", state="hidden")
        second.press("n").wait_until_saved()
        assert second.letters[:3] == ["A", "A", "B"]
        first.page.wait_for_selector("#notice button")
    assert are_gapless(server.events())
