"""Flags: a labeler raises one, a curator sees the rows, replies, opens the set, and exports it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.labelling.answers import take_events
from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.flags import flags_of, keep_reply
from matchloop_api.labelling.queue import add_sets, hand_out
from matchloop_api.ledger import current_labels
from matchloop_api.store import Store

if TYPE_CHECKING:
    from api.conftest import Server
    from api.labelling.conftest import Person

Queue = Callable[..., str]
People = Callable[..., "Person"]
Keys = Callable[[Store, str, str], tuple[str, str]]
Json = dict[str, Any]
REMARK = "married twice?"


class Office:
    """A transform of two sets, two labelers and a curator."""

    def __init__(self, server: Server, transform: str, person: People, access_key: Keys) -> None:
        self.store, self.transform, self.url = server.store, transform, server.url
        self.keys = {
            name: access_key(server.store, name, role)
            for name, role in (("ann", "labeler"), ("bob", "labeler"), ("cora", "curator"))
        }
        self.ann, self.bob, self.cora = (
            person(server.url, transform, key=key) for key in self.keys.values()
        )
        for one in (self.ann, self.bob, self.cora):
            one.open()

    def flag(self, who: Person, shown: Json, *rows: int, kind: str = "flag", **more: str) -> str:
        """Flag rows of a set and return the id of the flag."""
        tokens = [shown["rows"][at]["token"] for at in rows]
        event = who.event(shown, kind, rows=tokens, **more)
        status, body = who.send([event])
        assert (status, body["refused"]) == (200, [])
        return str(event["id"])

    def reply(self, who: Person, **payload: Any) -> Json:
        status, body = who.post("/flags/reply", payload)
        assert status == 200, body
        return body

    def open(self, flag: str) -> Json:
        """Open the set of a flag as the curator does."""
        status, body = self.cora.post("/flags/open", {"flag": flag})
        assert status == 200, body
        return dict(self.cora.get(f"/sets?set={body['set']}")["sets"][0])


@pytest.fixture
def office(server: Server, queue: Queue, person: People, access_key: Keys) -> Office:
    return Office(server, queue(server.store, 2), person, access_key)


def test_a_curator_sees_who_flagged_which_rows_and_why(office: Office) -> None:
    first, second = office.ann.get("/sets")["sets"]
    office.flag(office.ann, first, 1, 2, reason="rule unclear", remark=REMARK)
    office.flag(office.ann, second, 0, kind="note", remark="a nickname")

    note, flag = office.cora.get("/flags")["flags"]

    assert (flag["person"], flag["reason"], flag["remark"]) == ("ann", "rule unclear", REMARK)
    assert [(row["number"], row["cells"]) for row in flag["rows"]] == [
        (2, ["anne 1", "Ulm"]),
        (3, ["bob 1", "Ulm"]),
    ]
    assert [column["name"] for column in flag["columns"]] == ["name", "city"]
    assert (note["reason"], note["remark"], note["resolved"]) == ("", "a nickname", False)
    summary = office.cora.get("/summary")
    assert (summary["flags"], summary["open_flags"]) == (2, 2)
    assert office.ann.get("/summary")["flags"] == 0
    assert not any("key-1" in text for text in office.cora.seen)


@pytest.mark.parametrize("path", ["/flags", "/flags.csv"])
def test_only_a_curator_reads_flags(office: Office, path: str) -> None:
    office.flag(office.ann, office.ann.get("/sets")["sets"][0], 1, reason="other")
    assert office.ann.ask("GET", office.ann.base + path)[0] == 403
    assert office.cora.ask("GET", office.cora.base + path)[0] == 200


def test_only_a_curator_replies_and_opens(office: Office) -> None:
    flag = office.flag(office.ann, office.ann.get("/sets")["sets"][0], 1, reason="other")
    for path in ("/flags/reply", "/flags/open"):
        assert office.bob.post(path, {"flag": flag, "resolved": True})[0] == 403


def test_a_reply_is_kept_resolves_and_reaches_the_person(office: Office) -> None:
    shown = office.ann.get("/sets")["sets"][0]
    flag = office.flag(office.ann, shown, 1, reason="rule unclear", remark=REMARK)
    office.ann.answer_set(shown, "AABC")

    office.reply(office.cora, flag=flag, text="Which year?", resolved=False)
    made = office.reply(office.cora, flag=flag, text=" The same person. ", resolved=True)

    assert [reply["text"] for reply in made["replies"]] == ["Which year?", "The same person."]
    assert {reply["person"] for reply in made["replies"]} == {"cora"}
    assert office.cora.get("/flags")["flags"] == []
    assert office.cora.get("/flags?show=resolved")["count"] == 1
    assert office.cora.get("/summary")["open_flags"] == 0
    (answer,) = office.ann.get("/answers?show=flagged")["answers"]
    (mine,) = answer["flags"]
    assert (mine["remark"], mine["resolved"]) == (REMARK, True)
    assert mine["replies"][-1]["text"] == "The same person."

    office.reply(office.cora, flag=flag, text="", resolved=False)
    assert office.cora.get("/flags")["open"] == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"flag": "none", "resolved": True}, 404),
        ({"resolved": True}, 404),
        ({"text": 7, "resolved": True}, 422),
        ({"text": "x" * 1001, "resolved": True}, 422),
        ({"text": "x", "resolved": "yes"}, 422),
        ({"text": "  ", "resolved": False}, 422),
    ],
)
def test_a_reply_of_another_form_is_refused(office: Office, wrong: Json, status: int) -> None:
    shown = office.ann.get("/sets")["sets"][0]
    flag = office.flag(office.ann, shown, 1, reason="other")
    sent = {"flag": flag, **wrong} if status == 422 else wrong
    got, body = office.cora.post("/flags/reply", sent)
    assert (got, list(body)) == (status, ["error"])
    paint = office.ann.event(shown, "paint", rows=[shown["rows"][1]["token"]], to=["A"])
    office.ann.send([paint])
    assert office.cora.post("/flags/reply", {"flag": paint["id"], "resolved": True})[0] == 404


def test_flags_of_another_transform_stay_there(
    office: Office, queue: Queue, person: People
) -> None:
    flag = office.flag(office.ann, office.ann.get("/sets")["sets"][0], 1, reason="other")
    there = person(office.url, queue(office.store), key=office.keys["cora"])
    there.open()
    assert there.get("/flags?show=all")["count"] == 0
    assert there.post("/flags/open", {"flag": flag})[0] == 404
    assert there.post("/flags/reply", {"flag": flag, "resolved": True})[0] == 404


def test_a_flagged_set_that_is_answered_opens_with_the_answer_and_is_decided(
    office: Office,
) -> None:
    shown = office.ann.get("/sets")["sets"][0]
    flag = office.flag(office.ann, shown, 1, reason="rule unclear")
    office.ann.answer_set(shown, "AABC")

    opened = office.open(flag)
    assert [row["cells"][0] for row in opened["rows"]] == list("AABC")
    assert opened["columns"][0]["name"] == "answer 1"
    assert office.open(flag)["set"] == opened["set"]
    office.cora.answer_set(opened, "ABCD")

    assert office.open(flag)["set"] == opened["set"]
    with office.store.reading() as tx:
        labels = current_labels(tx, office.transform)
        assert len(tx.label_queue.opinions(office.transform, number=1)) == 1
    assert labels is not None
    assert [row["label"] for row in labels.table().to_pylist()] == list("ABCD")


def test_a_flagged_set_that_nobody_answered_opens_as_it_is(office: Office) -> None:
    shown = office.ann.get("/sets")["sets"][0]
    flag = office.flag(office.ann, shown, 1, reason="data error")

    opened = office.open(flag)

    assert opened["set"] == shown["set"]
    assert [column["name"] for column in opened["columns"]] == ["name", "city"]
    office.cora.answer_set(opened, "AABC")
    office.ann.answer_set(shown, "ABCD")
    assert office.cora.get("/summary")["conflicts"] == 1


def test_flags_are_a_file_with_the_keys_of_the_records(office: Office) -> None:
    assert office.cora.ask("GET", office.cora.base + "/flags.csv")[0] == 404
    first, second = office.ann.get("/sets")["sets"]
    flag = office.flag(office.ann, first, 1, 2, reason="data error", remark='=HYPERLINK("x")')
    office.flag(office.ann, second, 0, kind="note", remark="a nickname")
    office.reply(office.cora, flag=flag, text="Mended in the source.", resolved=True)

    status, headers, text = office.cora.ask("GET", office.cora.base + "/flags.csv")

    assert status == 200
    assert headers["Content-Disposition"] == 'attachment; filename="flags.csv"'
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["id"] for line in lines] == ["key-1-1", "key-1-2", "key-2-0"]
    assert [line["flag_reason"] for line in lines] == ["data error", "data error", "note"]
    assert lines[0]["flag_remark"] == '\'=HYPERLINK("x")'
    assert [line["flag_resolved"] for line in lines] == ["yes", "yes", "no"]
    assert lines[0]["flag_reply"] == "Mended in the source."
    assert (lines[0]["flag_person"], lines[0]["flag_reply_person"]) == ("ann", "cora")


def test_a_list_of_many_flags_has_pages(office: Office) -> None:
    shown = office.ann.get("/sets")["sets"][0]
    for at in range(23):
        office.flag(office.ann, shown, 1, reason="other", remark=str(at))

    pages = [office.cora.get(f"/flags?page={page}") for page in (1, 2, 9)]

    assert [(page["page"], page["pages"], len(page["flags"])) for page in pages] == [
        (1, 2, 20),
        (2, 2, 3),
        (2, 2, 3),
    ]
    remarks = [int(flag["remark"]) for page in pages[:2] for flag in page["flags"]]
    assert sorted(remarks) == list(range(23))
    assert office.cora.ask("GET", office.cora.base + "/flags?show=none")[0] == 422


def test_the_console_leads_a_curator_to_the_flags(office: Office) -> None:
    office.flag(office.ann, office.ann.get("/sets")["sets"][0], 1, reason="other")
    path = f"/console/transforms/{office.transform}"

    for_cora = office.cora.ask("GET", path)[2]
    for_ann = office.ann.ask("GET", path)[2]

    assert f'<a href="/label/{office.transform}#flags">1 flag to see to</a>' in for_cora
    assert f'<a href="/label/{office.transform}">2 sets to answer</a>' in for_ann
    assert "#flags" not in for_ann


def test_only_flags_and_notes_are_found_in_either_database(
    store: Store, queue: Queue, person: People
) -> None:
    transform = queue(store, 1)
    with store.writing() as tx:
        plain = contents_of(tx.label_queue.sets(transform)[0].body)
        # The preview of an answer that looks like the mark by which flags are found.
        rows = tuple((f"other-{at}", '"flagged":true', None) for at in range(4))
        add_sets(tx, transform, [replace(plain, name="q-2", rows=rows)])
    ann, now = person("http://127.0.0.1:1", transform), datetime.now(UTC)
    flagged, quoted = hand_out(store, transform, "ann", (), now=now)
    token = flagged["rows"][1]["token"]
    flag = ann.event(flagged, "flag", rows=[token], reason="other", remark="100 % sure_")
    events = [flag, *ann.answer(quoted, "A")]
    assert take_events(store, transform, "ann", events, now=now).status == 200

    reply = {"flag": flag["id"], "text": "So it is.", "resolved": True}
    with store.writing() as tx:
        assert [one.number for one in tx.label_queue.flagged(transform)] == [1]
        assert [one.id for one in flags_of(tx, transform)] == [flag["id"]]
        assert flags_of(tx, transform, person="bob") == []
        assert keep_reply(tx, transform, "cora", reply, now=now).is_resolved
    with store.reading() as tx:
        (found,) = flags_of(tx, transform, person="ann")
    assert (found.remark, found.tokens, found.at) == ("100 % sure_", (token,), now)
    assert found.replies[-1]["text"] == "So it is."
