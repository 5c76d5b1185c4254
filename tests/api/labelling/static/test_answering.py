"""Sets answered with the keyboard, the mouse and a finger."""

from __future__ import annotations

import random

import pytest

from api.labelling.static.person import Labelling, Serve, SitDown
from api.labelling.static.tables import TABLES

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def expected(person: Labelling) -> dict[str, dict[str, str | None]]:
    """Return what the truth of the table is as the partition of each set."""
    names = [f"S{i + 1}" for i in range(person.server.sets)]
    return {n: {f"tok-{n}-{i}": g for i, g in enumerate(person.server.groups)} for n in names}


def test_ten_rows_take_nine_answers_and_two_enter(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(sets=30))
    for number in range(1, 31):
        person.wait_for(f"S{number}")
        keys = [*person.answer_keys(), "Enter", "Enter"]
        assert len(keys) == 11
        person.press(*keys)
    person.page.wait_for_selector("#screen.end")
    person.wait_until_saved()
    assert person.server.partitions() == expected(person)
    assert {event["input"] for event in person.server.events(kind="paint")} == {"key"}


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_the_buttons_give_the_same_partitions_as_the_keys(
    serve: Serve, sit_down: SitDown, touch: bool
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    person = sit_down(serve(sets=2), **(phone if touch else {}))
    press = person.page.tap if touch else person.page.click
    for number in (1, 2):
        person.wait_for(f"S{number}")
        groups = person.server.groups
        for i, group in enumerate(groups[1:], 1):
            if group in groups[:i]:
                press(f"[data-letter={group}]")
            else:
                press("[data-command=new]")
        press("[data-command=enter]")
        press("[data-command=enter]")
    person.page.wait_for_selector("#screen.end")
    person.wait_until_saved()
    assert person.server.partitions() == expected(person)
    inputs = {event["input"] for event in person.server.events(kind="paint")}
    assert inputs == {"touch" if touch else "mouse"}


def test_a_pair_is_submitted_without_a_look_over(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve("two", sets=1)).wait_for()
    person.press("y", "Enter").page.wait_for_selector("#screen.end")
    person.wait_until_saved()
    assert person.server.partitions() == {"S1": {"tok-S1-0": "A", "tok-S1-1": "A"}}


def test_enter_goes_to_the_first_row_without_a_group_and_answers_nothing(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve()).wait_for()
    person.press(" ", "ArrowDown", "n", "ArrowUp", "ArrowUp", "Enter")
    assert person.cursor == 3
    assert person.letters == ["A", "A", "", "B", *[""] * 6]


def test_the_rest_is_answered_at_once(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press(" ", "n", "=")
    assert person.letters == ["A", "A", *"BBBBBBBB"]
    person.press("z", ".")
    assert person.letters == ["A", "A", *"BCDEFGHI"]


def test_letters_digits_and_leaving_out(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press("d", "4", "0", "u", "H", "a")
    assert person.letters == ["A", "D", "D", "J", "-", "H", "A", "", "", ""]


def test_a_selection_is_painted_with_one_key(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press("Shift+ArrowDown", "Shift+ArrowDown", "n")
    assert person.letters == ["A", "B", "B", "B", *[""] * 6]
    assert person.cursor == 5
    person.press("z")
    assert person.letters == ["A", *[""] * 9]


def test_the_look_over_gathers_the_rows_and_changes_them_in_place(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve()).wait_for()
    person.press("n", "a", "n", "d", "n", "u", "b", "n", "c", "Enter")
    assert [int(row.split(",")[0][4:]) for row in person.rows] == [1, 3, 2, 8, 4, 10, 5, 6, 9, 7]
    person.press("j", "j", "a")
    assert [int(row.split(",")[0][4:]) for row in person.rows][:3] == [1, 3, 2]
    assert person.letters[:3] == ["A", "A", "A"]
    person.press("Escape")
    assert [int(row.split(",")[0][4:]) for row in person.rows] == list(range(1, 11))
    assert person.server.events(kind="submit") == []


def test_undo_and_redo_without_limit(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(sets=3)).wait_for("S1")
    first = person.letters
    rng = random.Random(1)
    keys = [rng.choice([" ", "n", "a", "b", "c", "u", "ArrowUp", "ArrowDown"]) for _ in range(60)]
    person.press(*keys, ".")
    person.press("Enter", "Enter").wait_for("S2")
    person.press(" ", "n", "d")
    last = person.letters
    changes = len(person.server.events(kind="paint")) if person.wait_until_saved() else 0
    person.press(*["z"] * (changes + 1)).wait_for("S1")
    assert person.letters == first
    person.wait_until_saved()
    person.open().wait_for("S1")
    assert person.letters == first
    person.press(*["Shift+z"] * (changes + 1)).wait_for("S2")
    assert person.letters == last


def dispatch(person: Labelling, keys: list[str]) -> None:
    """Press keys without a round trip for each."""
    script = """(keys) => keys.forEach((key) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", {key, shiftKey: key === "Z", bubbles: true})))"""
    person.page.evaluate(script, keys)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("count", [400, pytest.param(2000, marks=pytest.mark.slow)])
def test_any_keys_are_undone_and_redone_and_survive_a_reload_at_any_point(
    serve: Serve, sit_down: SitDown, seed: int, count: int
) -> None:
    person = sit_down(serve(sets=1)).wait_for()
    first = person.letters
    rng = random.Random(seed)
    keys = [*" nuabcdefgh0.=zZ", "ArrowUp", "ArrowDown", "Backspace"]
    stops = sorted(rng.sample(range(1, count), 4))
    for start, stop in zip([0, *stops], [*stops, count], strict=True):
        dispatch(person, rng.choices(keys, k=stop - start))
        before = person.letters
        person.wait_until_saved().open().wait_for()
        assert person.letters == before
    dispatch(person, ["b"])
    last = person.letters
    dispatch(person, ["z"] * (count + 1))
    assert person.letters == first
    dispatch(person, ["Z"] * rng.randrange(1, count // 4))
    between = person.letters
    person.wait_until_saved().open().wait_for()
    assert person.letters == between
    dispatch(person, ["Z"] * (count + 1))
    assert person.letters == last


def test_undoing_a_submit_opens_the_set_again(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for("S1")
    person.press(*person.answer_keys(), "Enter", "Enter").wait_for("S2")
    person.press("Backspace").wait_for("S1")
    assert person.letters == person.server.groups
    person.wait_until_saved()
    (submit,) = person.server.events(kind="submit")
    (undo,) = person.server.events(kind="undo")
    assert undo["target"] == submit["id"]


def test_a_skipped_set_comes_back_at_the_end(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(sets=3)).wait_for("S1")
    person.press("]").wait_for("S2")
    for name in ("S2", "S3"):
        person.wait_for(name).press(".", "Enter", "Enter")
    person.wait_for("S1")


def test_the_set_before_is_shown_again(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for("S1")
    person.press(".", "Enter", "Enter").wait_for("S2")
    person.press("[").wait_for("S1")
    assert person.letters == list(LETTERS[:10])
    person.press("Enter", "Enter").wait_for("S2").wait_until_saved()
    assert len(person.server.events(kind="submit")) == 1


def test_a_changed_earlier_set_leads_back_to_the_open_one(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(sets=5)).wait_for("S1")
    for name in ("S1", "S2"):
        person.wait_for(name).press(".", "Enter", "Enter")
    person.wait_for("S3").press(" ", "n")
    person.press("[").wait_for("S2").press("[").wait_for("S1")
    person.press("j", "a", "Enter", "Enter").wait_for("S3")
    assert person.letters[:4] == ["A", "A", "B", ""]


def test_identical_rows_are_one_row_with_their_number(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(copies=1)).wait_for()
    assert "3 identical rows" in person.rows[1]
    assert "×3" in (person.page.text_content("tbody tr:nth-child(2) td.group") or "")


def test_every_row_says_its_number_its_group_and_where_it_differs(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve()).wait_for()
    person.press(" ", " ")
    assert person.rows[0] == "row 1, group A"
    assert person.rows[1] == "row 2, group A, differs in given name, address 2"
    assert person.rows[2] == "row 3, group A, differs in surname, other column: address 2"
    assert person.page.get_by_role("row", name="row 2, group A, differs in given name").count() == 1
    assert person.page.get_by_role("grid").count() == 1


def test_a_row_is_found_by_search_and_added(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press("s")
    person.page.keyboard.type("walch")
    person.page.wait_for_selector(".results button")
    assert person.letters == ["A", *[""] * 9]
    person.press("Enter")
    person.page.wait_for_selector("tbody tr:nth-child(11)")
    assert person.cursor == 11
    person.press("a")
    person.wait_until_saved().open().wait_for()
    assert person.letters == ["A", *[""] * 9, "A"]
    person.press("z", "z")
    assert person.letters == ["A", *[""] * 9]


def test_a_flag_has_a_reason_and_a_remark(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press("!")
    assert person.page.text_content("#dialog-title") == "Flag row 2 for a curator"
    person.page.select_option("dialog select", "rule unclear")
    person.page.fill("dialog textarea", "married twice?")
    person.page.click("dialog .main")
    person.wait_until_saved()
    (flag,) = person.server.events(kind="flag")
    assert (flag["reason"], flag["remark"]) == ("rule unclear", "married twice?")
    assert flag["rows"] == ["tok-S1-1"]
    assert "⚑" in (person.page.text_content("tbody tr:nth-child(2) td.group") or "")


def flag(person: Labelling, reason: str, remark: str) -> None:
    """Flag the row at the cursor."""
    person.press("!")
    person.page.select_option("dialog select", reason)
    person.page.fill("dialog textarea", remark)
    person.page.click("dialog .main")


def test_flags_are_listed_replied_to_and_opened(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(curator=True)).wait_for("S1")
    flag(person, "rule unclear", "married twice?")
    person.press(".", "Enter", "Enter").wait_for("S2").wait_until_saved()
    person.page.click("#end")
    person.page.click("text=See to 1 flag")
    person.page.wait_for_selector("#screen.flags section")
    text = person.page.text_content("#screen") or ""
    assert all(part in text for part in ("rule unclear", "married twice?", "ann", "elizabeeth"))

    person.page.fill("#screen textarea", "Yes, leave it out.")
    person.page.click("button:text('Resolve')")
    person.page.wait_for_selector("#screen section", state="detached")
    assert person.page.text_content("#screen [role=status]") == "No flag of this kind."
    person.page.select_option("#screen select", "resolved")
    person.page.wait_for_selector(".replies >> text=Yes, leave it out.")
    person.page.click("text=Open the set")
    person.wait_for("S1")
    person.page.click("#answers")
    person.page.wait_for_selector("#screen.answers .replies")
    assert "cora: Yes, leave it out." in (person.page.text_content(".replies") or "")


def test_the_address_of_the_flags_leads_a_curator_there(serve: Serve, sit_down: SitDown) -> None:
    server = serve(curator=True)
    person = sit_down(server).wait_for("S1")
    person.page.goto("about:blank")
    person.page.goto(f"{server.url}/label/t1#flags")
    person.page.wait_for_selector("#screen.flags >> text=Press ! at a row")
    person.page.click("text=Back")
    person.page.click("text=Go on")
    person.wait_for("S1").press("n").open().wait_for("S1")
    assert person.letters[:3] == ["A", "B", ""]


def test_a_practice_set_cannot_be_flagged(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(practice=1)).wait_for("practice-1")
    person.press("!")
    person.page.wait_for_selector("#live:text('cannot be flagged')")


def test_two_rows_are_compared_in_full(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve("articles")).wait_for()
    person.press("t")
    text = person.page.text_content("dialog") or ""
    rows = TABLES["articles"]["rows"]
    assert rows[0][1] in text
    assert "built-in 1.3 megapixel motion eye camera and microphone 4gb memory" in text
    person.press("Escape", "n")
    assert person.letters[:2] == ["A", "B"]


def test_a_key_right_after_a_dialog_acts_on_the_rows(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.page.click("#examples")
    person.page.wait_for_selector("dialog[open]")
    # In one task of the browser, as no hand could do it: the close event has not come yet.
    person.page.evaluate("""() => {
        document.querySelector("dialog .main").click();
        return Promise.resolve().then(() => {
            document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", {key: "n", bubbles: true, cancelable: true}));
        });
    }""")
    assert person.letters[:3] == ["A", "B", ""]


def test_rows_turn_into_columns_and_keep_their_keys(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press("v", " ", "ArrowRight", "n", "v")
    assert person.letters == ["A", "A", "", "B", *[""] * 6]


def test_columns_equal_in_all_rows_are_hidden(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve("two")).wait_for()
    assert person.page.locator("thead th").count() == 10
    person.press("-")
    headings = person.page.locator("thead th").all_text_contents()
    assert headings == ["#", "group", "given name", "address 1", "address 2"]
    person.press("-")
    assert person.page.locator("thead th").count() == 10


def test_a_wide_table_folds_what_is_equal_or_empty(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve("wide")).wait_for()
    assert person.page.text_content("#unfold") == "+ 70 more"
    assert person.page.locator("thead th").count() == 2 + 30 + 1
    person.page.click("#unfold")
    assert person.page.locator("thead th").count() == 2 + 100


def test_practice_explains_and_is_never_sent(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(practice=2)).wait_for("practice-1")
    person.press(" ", " ", " ", "Enter", "Enter")
    person.page.wait_for_selector("dialog[open]")
    assert person.page.text_content("#dialog-title") == "3 of 6 pairs are right"
    person.press("Enter").wait_for("practice-2")
    person.press(" ", " ", "n", "Enter", "Enter")
    person.page.wait_for_selector("dialog[open]")
    assert person.page.text_content("#dialog-title") == "6 of 6 pairs are right"
    person.press("Enter").wait_for("S1").press(" ").wait_until_saved()
    assert [(e["set"], e["n"], e["kind"]) for e in person.server.events()] == [
        ("S1", 0, "show"),
        ("S1", 1, "paint"),
    ]


def test_a_proposal_comes_only_when_asked_for_and_is_recorded(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve(assisted=True)).wait_for()
    assert person.page.locator(".proposed").count() == 0
    person.press("p")
    person.page.wait_for_selector(".proposed")
    person.press(" ", " ").wait_until_saved()
    assert [event["assisted"] for event in person.server.events(kind="paint")] == [True, False]


def test_my_answers_open_again_and_change(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for("S1")
    person.press(".", "Enter", "Enter").wait_for("S2").wait_until_saved()
    person.page.click("#answers")
    person.page.click("ul.answers button")
    person.wait_for("S1").press("j", "a", "Enter", "Enter").wait_for("S2").wait_until_saved()
    assert person.server.partitions()["S1"]["tok-S1-1"] == "A"
    assert len(person.server.events(kind="submit")) == 2


def test_the_end_shows_numbers_and_finish_offers_the_files(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve()).wait_for()
    person.press("Escape", "Escape")
    person.page.wait_for_selector("#screen.end .figures")
    person.page.click("text=Finish")
    person.page.wait_for_selector("a[download='people.labels.csv']")
    assert "97 % (93 % to 99 %)" in (person.page.text_content("#screen") or "")


def test_setup_asks_once_for_key_kinds_and_the_sentence(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(setup=True))
    person.page.wait_for_selector("#screen.setup")
    person.press("Enter").wait_for("S1")


def test_a_doubtful_decision_is_answered_with_two_keys_and_no_look_over(
    serve: Serve, sit_down: SitDown
) -> None:
    person = sit_down(serve("people", doubtful=True)).wait_for("S1")
    keys = person.page.text_content("#keys") or ""
    assert all(answer in keys for answer in ("one thing", "all different", "cannot tell"))
    for name, key in (("S1", "="), ("S2", "."), ("S3", "x")):
        person.wait_for(name).press(key, "Enter")
    person.wait_for("S4").wait_until_saved()

    letters = [list(partition.values()) for partition in person.server.partitions().values()]
    assert letters == [["A"] * 10, list("ABCDEFGHIJ"), ["A", *[None] * 9]]
    person.press("z").wait_for("S3")
    assert person.letters == ["A", *["-"] * 9]


def test_a_curator_writes_an_example_from_two_rows(serve: Serve, sit_down: SitDown) -> None:
    person = sit_down(serve(curator=True)).wait_for("S1").press("ArrowUp", "Shift+ArrowDown")
    person.page.click("#examples")
    person.page.click("text=Edit")
    person.page.fill("dialog textarea", "The same person, also after a marriage.")
    person.page.click("text=Add the 2 selected rows")
    person.page.locator("section input").last.fill("Only the name differs.")
    person.page.click("dialog button:has-text('Save')")
    person.page.wait_for_selector("dialog:not([open])", state="attached")
    assert person.page.text_content("#sentence") == "The same person, also after a marriage."
    person.press("n")
    assert "B" in person.letters
    person.page.click("#examples")
    person.page.wait_for_selector("dialog[open] >> text=Only the name differs.")
