"""What a curator does: the definition, proposals, and decisions between people's answers."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.labelling.advice import keep_advice
from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.queue import add_sets
from matchloop_api.ledger import current_labels, labels_apart
from matchloop_api.store import Store

if TYPE_CHECKING:
    from api.conftest import Server
    from api.labelling.conftest import Person

Queue = Callable[..., str]
People = Callable[..., "Person"]
Keys = Callable[[Store, str, str], tuple[str, str]]
Json = dict[str, Any]
GUIDE = {
    "sentence": "The same person.\n",
    "examples": [{"is": "yes", "rows": [["ann", "Ulm"], ["anne", None]], "why": "A typing error."}],
    "people": 2,
    "assisted": False,
}


class Office:
    """A transform, two labelers and a curator."""

    def __init__(self, server: Server, transform: str, person: People, access_key: Keys) -> None:
        self.store, self.transform, self.url = server.store, transform, server.url
        self.ann, self.bob, self.cora = (
            person(server.url, transform, key=access_key(server.store, name, role))
            for name, role in (("ann", "labeler"), ("bob", "labeler"), ("cora", "curator"))
        )
        for one in (self.ann, self.bob, self.cora):
            one.open()

    def labels(self) -> list[str]:
        with self.store.reading() as tx:
            labels = current_labels(tx, self.transform)
        assert labels is not None
        return [row["label"] for row in labels.table().to_pylist()]

    def post(self, who: Person, path: str, body: Json) -> Json:
        status, answer = who.post(path, body)
        assert status == 200, answer
        return answer


@pytest.fixture
def office(server: Server, queue: Queue, person: People, access_key: Keys) -> Office:
    return Office(server, queue(server.store, 1, wanted=2), person, access_key)


def test_a_curator_defines_a_match_and_others_may_not(office: Office) -> None:
    assert office.ann.get("/start")["curator"] is False
    assert office.ann.post("/guide", GUIDE)[0] == 403

    saved = office.post(office.cora, "/guide", GUIDE)

    assert saved == {**GUIDE, "sentence": "The same person."}
    assert office.ann.get("/start")["guide"] == saved
    changed = office.post(office.cora, "/guide", {"sentence": "The same household."})
    assert changed["examples"] == GUIDE["examples"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sentence": 7},
        {"examples": [{"is": "perhaps", "rows": [["a"], ["b"]]}]},
        {"examples": [{"is": "no", "rows": [["a"]]}]},
        {"examples": [{"is": "no", "rows": [["a"], [3]]}]},
        {"people": 0},
        {"people": 9},
        {"assisted": "yes"},
    ],
)
def test_a_definition_of_another_form_is_refused(office: Office, wrong: Json) -> None:
    status, answer = office.cora.post("/guide", wrong)
    assert (status, list(answer)) == (422, ["error"])


def test_answers_that_differ_are_decided_by_a_curator_and_both_stay(office: Office) -> None:
    office.ann.answer_set(office.ann.get("/sets")["sets"][0], "AABC")
    office.bob.answer_set(office.bob.get("/sets")["sets"][0], "ABBC")
    assert office.bob.get("/summary")["conflicts"] == 0
    assert office.bob.post("/adjudicate", {})[0] == 403
    assert office.cora.get("/summary")["conflicts"] == 1

    assert office.post(office.cora, "/adjudicate", {}) == {"queued": 1}
    assert office.post(office.cora, "/adjudicate", {}) == {"queued": 0}
    (shown,) = office.cora.get("/sets")["sets"]
    assert shown["adjudicates"]
    assert [column["name"] for column in shown["columns"]][:2] == ["answer 1", "answer 2"]
    assert [row["cells"][:2] for row in shown["rows"]] == [
        ["A", "A"], ["A", "B"], ["B", "B"], ["C", "C"],
    ]  # fmt: skip
    assert "bob" not in str(shown["columns"])
    office.cora.answer_set(shown, "ABCC")
    assert office.labels() == list("ABCC")
    assert office.cora.get("/summary")["conflicts"] == 0

    again = office.ann.get("/sets?set=S1")["sets"][0]
    office.ann.answer_set(again, "AAAA")
    assert office.labels() == list("ABCC")
    with office.store.reading() as tx:
        apart = labels_apart(tx, office.transform, by="person")
    assert sorted(apart) == ["ann", "bob", "cora"]


def test_a_decision_that_is_undone_opens_the_conflict_again(office: Office) -> None:
    office.ann.answer_set(office.ann.get("/sets")["sets"][0], "AABC")
    office.bob.answer_set(office.bob.get("/sets")["sets"][0], "ABBC")
    office.post(office.cora, "/adjudicate", {})
    (shown,) = office.cora.get("/sets")["sets"]
    submit = office.cora.answer_set(shown, "ABCC")[-1]

    office.cora.send([office.cora.event(shown, "undo", target=submit["id"])])

    office.ann.answer_set(office.ann.get("/sets?set=S1")["sets"][0], "AAAB")
    assert office.labels() == list("AAAB")


def test_proposals_are_off_until_the_guide_allows_them_and_mark_their_rows(
    office: Office,
) -> None:
    with office.store.writing() as tx:
        contents = contents_of(tx.label_queue.sets(office.transform)[0].body)
        proposing = replace(contents, name="q-2", proposed=(4, 4, 7, 9))
        add_sets(tx, office.transform, [proposing])
    first, second = office.ann.get("/sets")["sets"]
    tokens = [row["token"] for row in second["rows"]]
    ask = {"set": second["set"], "row": tokens[1]}
    assert office.ann.post("/proposal", ask)[0] == 404

    office.post(office.cora, "/guide", {"assisted": True})
    assert office.ann.post("/proposal", {"set": first["set"], "row": "x"})[0] == 404
    assert office.post(office.ann, "/proposal", ask) == {"to": "A"}
    assert office.post(office.ann, "/proposal", {**ask, "row": tokens[2]}) == {"to": None}
    office.ann.answer_set(second, "AABC")

    with office.store.reading() as tx:
        labels = current_labels(tx, office.transform)
    assert labels is not None
    assert labels.provenance["assisted"].to_pylist() == [False, True, True, False]


def test_the_end_page_shows_what_the_runs_found(office: Office) -> None:
    office.ann.answer_set(office.ann.get("/sets")["sets"][0], "AABC")
    estimate = {"precision": [0.9, 0.8, 1.0], "recall": [0.9, 0.8, 1.0], "f1": [0.9, 0.8, 1.0]}
    with office.store.writing() as tx:
        facts = {
            "doubted": ["q-1", "of-a-file"],
            "advice": "Labels enough.",
            "enough": True,
            "groups": 3,
        }
        facts["changed"] = {"columns": ["name"], "groups": [[["", ["ann"]]]], "count": 1}
        keep_advice(tx, office.transform, facts, now=datetime.now(UTC))
        keep_advice(tx, office.transform, {"estimate": estimate}, now=datetime.now(UTC))

    summary = office.ann.get("/summary")

    assert summary["estimate"] == estimate
    assert (summary["advice"], summary["enough"]) == ("Labels enough.", True)
    assert (summary["result"], summary["second_look"]) == ("3 groups", 1)
    assert summary["changed"] == facts["changed"]
    assert office.bob.get("/summary")["second_look"] == 0
    assert office.post(office.ann, "/second-look", {}) == {"queued": 1}
    assert [one["second_look"] for one in office.ann.get("/sets")["sets"]] == [True]


def test_scripts_are_compressed_and_sent_again_only_when_they_changed(office: Office) -> None:
    def ask(**headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(office.ann.netloc, timeout=60)
        connection.request("GET", "/static/labelling/diff.js", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    status, headers, plain = ask()
    assert (status, headers["cache-control"]) == (200, "no-cache")
    _, packed_headers, packed = ask(**{"Accept-Encoding": "gzip"})
    assert packed_headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2
    source = (files("matchloop_api.labelling") / "static" / "diff.js").read_text("utf-8")
    sent = plain.decode().splitlines()
    assert len(sent) == len(source.splitlines())
    for line, written in zip(sent, source.splitlines(), strict=True):
        assert line == ("" if written.lstrip().startswith("//") else written)
    assert ask(**{"If-None-Match": headers["etag"]})[0] == 304
