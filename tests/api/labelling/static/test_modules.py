"""The page's pure modules: differences, the fold of events, keys; run inside the browser."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import matchloop_api
from api.labelling.static.person import PageServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Call = Callable[..., Any]
STATIC = Path(matchloop_api.__file__).parent / "labelling" / "static"
SIGNS = {0: ("", ""), 1: ("[", "]"), 2: ("‸(", ")"), 3: ("{", "}"), 4: ("<", ">")}


@pytest.fixture(scope="module")
def call(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Call a function of a module, once for each list of arguments."""
    server = PageServer(tmp_path_factory.mktemp("modules") / "events.sqlite", "people")
    server.start()
    page = browser.new_page()
    page.goto(f"{server.url}/label/t1")

    def run(module: str, name: str, calls: list[list[Any]]) -> Any:
        # As text both ways: playwright takes seconds for the values of a thousand events.
        script = """async ([module, name, calls]) => {
            const { [name]: call } = await import(`/static/labelling/${module}`);
            const open = (key, x) =>
                x instanceof Map ? Object.fromEntries(x) : x instanceof Set ? [...x] : x;
            return JSON.stringify(JSON.parse(calls).map((one) => call(...one)), open);
        }"""
        return json.loads(page.evaluate(script, [module, name, json.dumps(calls)]))

    yield run
    page.close()
    server.kill()


def drawn(result: dict[str, Any]) -> str:
    """Return a value as it looks: [marked], <more>, {another form}, ‸(missing)."""
    text = "".join(SIGNS[op][0] + part + SIGNS[op][1] for op, part in result["parts"])
    return text if result["how"] == "differs" else f"{result['how']}: {text}"


DIFFERENCES = [
    # Characters in near words, whole words otherwise, the whole value if little agrees.
    ("elizabeth", "elizabeeth", "name", "elizabe[e]th"),
    ("elizabeeth", "elizabeth", "name", "elizabe‸(e)th"),
    ("cox street", "bays street", "text", "[bays] street"),
    ("cox street", "haines road", "text", "[haines road]"),
    ("vgncs180jp black case", "vgcjs130jb black case", "text", "[vgcjs130jb] black case"),
    ("vgpamc3 case", "vgpamc2 case", "text", "vgpamc[2] case"),
    ("pink big case", "blue old case", "text", "[blue old] case"),
    # Text that is missing is a caret that names it.
    ("sony vaio black case", "sony vaio case", "text", "sony vaio ‸(black)case"),
    # Words in place of nothing are more, and no contradiction.
    ("sony vaio case", "sony vaio black case", "text", "sony vaio <black> case"),
    ("sigmod record", "acm sigmod record, 2002", "text", "<acm> sigmod record, <2002>"),
    ("elm street", "the old mill in elm street 5a", "text", "<the old mill in> elm street <5a>"),
    # Words joined, split, abbreviated or moved are another form.
    ("wal mart store", "walmart store 5", "text", "{walmart} store <5>"),
    ("pslx350h black", "ps-lx350h white", "text", "{ps-lx350h} [white]"),
    (
        "acm trans. database syst.",
        "acm transactions on database systems",
        "text",
        "acm {transactions} <on> database {systems}",
    ),
    ("a. gupta, j smith", "ashish gupta, john smith", "name", "form: ashish gupta, john smith"),
    ("red mug, small", "small blue mug", "text", "‸(red){small} [blue] mug"),
    ("part 12", "part 1", "text", "part [1]"),
    # Form only: case, accents, width, spaces, punctuation, prefixes of phones.
    ("Zoë O'Hara", "zoe ohara", "name", "form: zoe ohara"),
    ("garradc ourt", "garrad court", "text", "form: garrad court"),
    ("ﾄﾖﾀ", "トヨタ", "name", "form: トヨタ"),
    ("世纪大道１００号", "世纪大道100号", "text", "form: 世纪大道100号"),
    ("0451 788 628", "+61451788628", "identifier", "form: +61451788628"),
    ("(228) 555-0186", "+1 228 555 0186", "identifier", "form: +1 228 555 0186"),
    ("+1 228 555 0186", "(228) 555-0186", "identifier", "form: (228) 555-0186"),
    ("12-345", "12345", "identifier", "form: 12345"),
    ("1099.0", "1099", "number", "form: 1099"),
    ("518,99", "518.99", "number", "form: 518.99"),
    ("1,234", "1.234", "number", "1[.]234"),
    ("19.8.1966", "1966-08-19", "date", "form: 1966-08-19"),
    ("1966-08-19", "8/19/1966", "date", "form: 8/19/1966"),
    ("1966-08-19", "19/08/1966", "date", "form: 19/08/1966"),
    ("john smith", "smith john", "name", "form: smith john"),
    # Not form only.
    ("1.5 l", "15 l", "text", "1‸(.)5 l"),
    ("1042252", "2042252", "identifier", "[2]042252"),
    ("19042252001", "29042252001", "identifier", "[2]9042252001"),
    ("कि", "की", "name", "[की]"),
    ("+", "-", "text", "[-]"),
    # Dates part by part.
    ("1989-08-12", "1989-12-08", "date", "1989-[12]-[08]"),
    ("1989-08-12", "19890812", "date", "form: 19890812"),
    ("1/11/2020", "11/1/2020", "date", "[11]/[1]/2020"),
    # Missing here or there is never a mark.
    ("plumpton", None, "name", "gone: "),
    (None, "plumpton", "name", "only: plumpton"),
    ("", None, "name", "same: "),
    # Other scripts: characters that a reader sees as one.
    ("王小明", "王晓明", "name", "王[晓]明"),
    ("محمد عبد الله", "مُحَمَّد عبدالله", "name", "form: مُحَمَّد عبدالله"),
    ("👩‍👩‍👧", "👩‍👩‍👦", "text", "👩‍👩‍[👦]"),
]


def test_differences_are_marked_as_a_reader_sees_them(call: Call) -> None:
    results = call("diff.js", "compare", [[a, b, kind] for a, b, kind, _ in DIFFERENCES])
    assert [drawn(result) for result in results] == [expected for *_, expected in DIFFERENCES]


def test_marks_and_text_make_up_the_value(call: Call) -> None:
    rng = random.Random(3)
    words = ["elm", "street", "3", "12.5", "東京", "Ünal", "co.", "é", "👨‍👩‍👧", "x", "-"]
    pairs = [
        [
            " ".join(rng.choices(words, k=rng.randint(0, 6))),
            " ".join(rng.choices(words, k=rng.randint(1, 6))),
            "text",
        ]
        for _ in range(400)
    ]
    for (a, b, _), result in zip(pairs, call("diff.js", "compare", pairs), strict=True):
        assert "".join(part for op, part in result["parts"] if op != 2) == b
        if result["how"] == "differs":
            assert any(op for op, _ in result["parts"]), (a, b)


def test_long_texts_are_compared_quickly(call: Call) -> None:
    a = " ".join(f"word{i % 977}" for i in range(4000))
    (result,) = call("diff.js", "compare", [[a, f"{a} extra", "text"]])
    assert drawn(result).endswith("<extra>")
    b = " ".join(f"other{i % 977}" for i in range(4000))
    (result,) = call("diff.js", "compare", [[a, b, "text"]])
    assert drawn(result) == f"[{b}]"


def test_a_value_in_another_column_is_named_and_not_marked(call: Call) -> None:
    columns = [{"name": name, "kind": "name"} for name in ("given", "surname", "town")]
    columns.append({"name": "shop", "kind": "source"})
    ((given, surname, town, shop),) = call(
        "diff.js",
        "compareRows",
        [[["anna", "bartel", "york", "a"], ["Bartel", "anna", "leeds", "b"], columns]],
    )
    assert (given["how"], given["from"]) == ("moved", "surname")
    assert (surname["how"], surname["from"]) == ("moved", "given")
    assert town["how"] == "differs"
    assert shop["how"] == "quiet"


def test_a_value_that_stands_in_several_columns_did_not_move(call: Call) -> None:
    columns = [{"name": name, "kind": "category"} for name in ("first", "second", "third")]
    rows = [
        [["bonn", "halle", "bonn"], ["halle", "bonn", "kassel"], columns],
        [["bonn", "halle", "kassel"], ["halle", "halle", "bonn"], columns],
    ]
    several_there, several_here = call("diff.js", "compareRows", rows)
    assert [one["how"] for one in several_there] == ["moved", "differs", "differs"]
    assert [one["how"] for one in several_here] == ["differs", "same", "moved"]


def test_a_word_that_stands_in_another_column_is_no_difference(call: Call) -> None:
    columns = [{"name": name, "kind": "text"} for name in ("name", "description")]
    rows = [
        [["sony turntable", "belt drive pslx350h"], ["sony pslx350h", "turntable, belt drive"]],
        [["sony turntable", "belt drive"], ["sony pslx350h", "belt drive"]],
        [["sony turntable", "belt 3"], ["sony 3", "turntable belt"]],
    ]
    found = call("diff.js", "compareRows", [[a, b, columns] for a, b in rows])
    assert [[drawn(cell) for cell in row] for row in found] == [
        ["form: sony pslx350h", "form: turntable, belt drive"],
        ["sony [pslx350h]", "same: belt drive"],
        ["sony <3>", "{turntable} belt‸(3)"],
    ]


def test_no_comment_is_more_than_a_line_of_its_own() -> None:
    # static_files.py leaves out lines that begin with //, so no string may contain such a line
    for path in STATIC.glob("*.js"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert line.count("`") % 2 == 0, f"{path.name}:{number}: a text of several lines"


def test_characters_that_cannot_be_seen_are_written_out(call: Call) -> None:
    values = ["a\u202eb", "\x00", "می\u200cخواهم", "👩\u200d👧", "\u200dx", "tab\tline\n", "\ufeff"]
    texts = [
        "".join(text for _, text in parts)
        for parts in call("diff.js", "written", [[v] for v in values])
    ]
    assert texts == [
        "a⟨U+202E⟩b",
        "⟨U+0000⟩",
        values[2],
        values[3],
        "⟨U+200D⟩x",
        "tab\tline\n",
        "⟨U+FEFF⟩",
    ]


def test_mixed_alphabets_within_a_word_are_noticed(call: Call) -> None:
    values = ["pаypal", "Москва Moscow", "Ωmega", "plain", "Ελλάδα"]
    assert call("diff.js", "mixesAlphabets", [[v] for v in values]) == [
        True,
        False,
        True,
        False,
        False,
    ]


SET = {"rows": [{"token": "r1"}, {"token": "r2"}, {"token": "r3"}, {"token": "r9", "added": True}]}


def folded(call: Call, *events: dict[str, Any]) -> dict[str, Any]:
    """Return the state of SET after the events; ids count from e0."""
    script_events = [{"id": f"e{i}", **event} for i, event in enumerate(events)]
    (state,) = call("state.js", "fold", [[SET, script_events]])
    return dict(state)


def paint(*rows: str, to: str | None) -> dict[str, Any]:
    return {"kind": "paint", "rows": list(rows), "to": [to] * len(rows)}


def test_the_first_row_is_group_a_by_rule(call: Call) -> None:
    assert folded(call)["group"] == {"r1": "A"}


def test_undo_and_redo_name_what_they_take_back(call: Call) -> None:
    events = [paint("r2", to="A"), paint("r2", to="B"), {"kind": "undo", "target": "e1"}]
    assert folded(call, *events)["group"]["r2"] == "A"
    state = folded(call, *events, {"kind": "redo", "target": "e1"})
    assert state["group"]["r2"] == "B"
    assert (state["undo"], state["redo"]) == (["e0", "e1"], [])
    assert folded(call, *events, paint("r3", to="C"))["redo"] == []


def test_an_added_row_is_in_the_set_while_its_event_is_alive(call: Call) -> None:
    add = {"kind": "add_row", "rows": ["r9"]}
    assert [r["token"] for r in folded(call)["rows"]] == ["r1", "r2", "r3"]
    assert [r["token"] for r in folded(call, add)["rows"]] == ["r1", "r2", "r3", "r9"]
    assert len(folded(call, add, {"kind": "undo", "target": "e0"})["rows"]) == 3


def test_the_last_submit_that_is_not_undone_is_the_answer(call: Call) -> None:
    first = {"kind": "submit", "partition": {"r1": "A"}}
    second = {"kind": "submit", "partition": {"r1": "B"}}
    state = folded(call, first, second, {"kind": "undo", "target": "e1"})
    assert state["submitted"] == {"r1": "A"}
    assert folded(call, first, paint("r2", to=None))["changed"] is True
    assert folded(call, paint("r2", to=None), first)["changed"] is False


def test_practice_counts_pairs(call: Call) -> None:
    truth = {"a": "A", "b": "A", "c": "B"}
    answers = [{"a": "A", "b": "A", "c": "A"}, {"a": "X", "b": "X", "c": None}, {}]
    assert call("practice.js", "rightPairs", [[a, truth] for a in answers[:2]]) == [
        {"right": 1, "of": 3},
        {"right": 3, "of": 3},
    ]


def test_all_undone_is_the_first_state_and_all_redone_the_last(call: Call) -> None:
    for seed in range(3):
        rng = random.Random(seed)
        events: list[dict[str, Any]] = []
        undo: list[str] = []
        redo: list[str] = []
        for i in range(2000):
            kind = rng.choice(["paint", "paint", "undo", "redo"])
            if kind == "undo" and undo:
                redo.append(undo[-1])
                events.append({"kind": "undo", "target": undo.pop()})
            elif kind == "redo" and redo:
                undo.append(redo[-1])
                events.append({"kind": "redo", "target": redo.pop()})
            else:
                rows = rng.sample(["r1", "r2", "r3"], rng.randint(1, 3))
                events.append(paint(*rows, to=rng.choice(["A", "B", None])))
                undo.append(f"e{i}")
                redo = []
        last = folded(call, *events)
        assert (last["undo"], last["redo"]) == (undo, redo)
        back = [*events, *({"kind": "undo", "target": x} for x in reversed(undo))]
        assert folded(call, *back)["group"] == {"r1": "A"}
        forth = [*back, *({"kind": "redo", "target": x} for x in undo)]
        assert folded(call, *forth)["group"] == last["group"]


def test_a_plan_of_columns_folds_only_wide_tables(call: Call) -> None:
    few = [{"name": f"c{j}", "kind": "text"} for j in range(3)]
    many = [{"name": f"c{j}", "kind": "text"} for j in range(60)]
    rows = [{"cells": ["x", str(i), None, *["y"] * 57]} for i in range(3)]
    plans = call(
        "columns.js",
        "plan",
        [
            [few, rows, {}],
            [many, rows, {}],
            [many, rows, {"unfolded": True}],
            [few, rows, {"hideEqual": True}],
        ],
    )
    assert [plan["shown"] for plan in plans] == [[0, 1, 2], [1], list(range(60)), [1]]
    assert (len(plans[1]["folded"]), plans[1]["equal"]) == (59, True)
