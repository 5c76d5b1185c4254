"""A small server that follows the page's contract: sets out, events in, nothing learned.

Run as ``python -m api.labelling.static.server PORT DATABASE TABLE SETS OPTIONS``, with tests/ on
the path; it prints its port as soon as it listens, and can be killed at any moment.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

import matchloop_api
from api.labelling.static.tables import TABLES

Json = dict[str, Any]

LABELLING = Path(matchloop_api.__file__).parent / "labelling"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}


def answer_of(events: Sequence[Json]) -> Json | None:
    """Return the partition of the last submit that is not undone."""
    alive: dict[str, Json] = {}
    for event in events:
        if event["kind"] == "submit":
            alive[event["id"]] = event
        elif event["kind"] == "undo":
            alive.pop(event["target"], None)
        elif event["kind"] == "redo":
            alive.update(
                {e["id"]: e for e in events if e["id"] == event["target"] and e["kind"] == "submit"}
            )
    return next(reversed(alive.values()))["partition"] if alive else None


class Stored:
    """Events in SQLite, on the disk before an answer leaves."""

    def __init__(self, path: str, table: str, sets: int, options: Mapping[str, Any]) -> None:
        self.table, self.count, self.options = TABLES[table], sets, dict(options)
        self.replies: dict[str, list[Json]] = {}
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False)
        self.db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS events("
            "seq INTEGER PRIMARY KEY, id TEXT UNIQUE, of TEXT, body TEXT);"
            "CREATE TABLE IF NOT EXISTS added(of TEXT, token TEXT, UNIQUE(of, token))"
        )

    def events(self, of: str | None = None) -> list[Json]:
        wanted = "" if of is None else " WHERE of = ?"
        rows = self.db.execute(
            f"SELECT body FROM events{wanted} ORDER BY seq", () if of is None else (of,)
        )
        found = [json.loads(body) for (body,) in rows]
        seen = {session: i for i, session in enumerate(dict.fromkeys(e["session"] for e in found))}
        return sorted(found, key=lambda e: (seen[e["session"]], e["n"]))

    def queue(self) -> Json:
        left = self.waiting()
        return {
            "done": self.count - len(left),
            "of": self.count,
            "state": "open" if left else "empty",
            "pause": False,
        }

    def waiting(self) -> list[str]:
        names = [f"S{i + 1}" for i in range(self.count)]
        skipped = [e["set"] for e in self.events() if e["kind"] == "skip"]
        open_sets = [name for name in names if answer_of(self.events(name)) is None]
        return sorted(
            open_sets,
            key=lambda name: skipped[::-1].index(name) - 1000 if name in skipped else -2000,
        )

    def set(self, name: str) -> Json:
        tokens = [f"tok-{name}-{i}" for i in range(len(self.table["rows"]))]
        rows: list[Json] = [
            {
                "token": token,
                "cells": list(cells),
                "copies": 3 if self.options.get("copies") == i else 1,
                "added": False,
            }
            for i, (token, cells) in enumerate(zip(tokens, self.table["rows"], strict=True))
        ]
        if self.options.get("long"):
            rows[1]["long"] = {"0": 1_048_576}
        added = [
            t
            for (t,) in self.db.execute(
                "SELECT token FROM added WHERE of = ? ORDER BY rowid", (name,)
            )
        ]
        rows += [self.found(token) for token in added]
        return {
            "set": name,
            "version": 1 + len(added),
            "number": int(name[1:]),
            "second_look": False,
            "doubtful": bool(self.options.get("doubtful")),
            "columns": self.table["columns"],
            "rows": rows,
            "past": self.events(name),
        }

    def found(self, token: str) -> Json:
        cells = list(self.table["rows"][int(token.rsplit("-", 1)[1])])
        return {"token": token, "cells": cells, "copies": 1, "added": True}


class Handler(BaseHTTPRequestHandler):
    """The routes of the contract."""

    protocol_version = "HTTP/1.1"
    stored: Stored

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def reply(
        self, body: bytes | Any, *, kind: str = "application/json", status: int = 200
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {
            **HEADERS,
            "Content-Type": kind,
            "Content-Length": str(len(data)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path.startswith("/static/labelling/"):
            file = LABELLING / "static" / url.path.rsplit("/", 1)[1]
            if file.is_file():
                return self.reply(file.read_bytes(), kind=TYPES[file.suffix])
        elif url.path == "/label/t1":
            pages = Environment(loader=FileSystemLoader(LABELLING / "templates"), autoescape=True)
            page = pages.get_template("label.html").render(
                base="/label/t1",
                static="/static/labelling",
                title="customers-2026",
                version="0",
                csrf="c1",
            )
            return self.reply(page.encode(), kind=TYPES[".html"])
        elif url.path == "/events":
            with self.stored.lock:
                return self.reply(self.stored.events())
        elif url.path.startswith("/label/t1/"):
            with self.stored.lock:
                show = getattr(self, f"get_{url.path.rsplit('/', 1)[1]}", None)
                if show:
                    return self.reply(show(**query))
        return self.reply({"error": "There is no such page."}, status=404)

    def do_POST(self) -> None:
        name = self.path.rsplit("/", 1)[1].replace("-", "_")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-CSRF-Token") != "c1":
            return self.reply({"error": "The request lacks the page's token."}, status=403)
        with self.stored.lock:
            self.reply(getattr(self, f"post_{name}")(body))

    def get_start(self) -> Json:
        options, table = self.stored.options, self.stored.table
        rows = [list(row) for row in table["rows"]]
        examples = [
            {"is": "yes", "rows": rows[:2], "why": "A typing error, the same birthday."},
            {"is": "no", "rows": [rows[0], rows[-1]], "why": "Nothing but the source is the same."},
        ]
        practice = [
            {
                "set": f"practice-{k + 1}",
                "columns": table["columns"],
                "rows": [{"token": f"p{i}", "cells": row} for i, row in enumerate(rows[:4])],
                "answer": {f"p{i}": letter for i, letter in enumerate("AAAB")},
                "why": "The first three rows share their number and their birthday.",
            }
            for k in range(int(options.get("practice", 0)))
        ]
        setup = {
            "file": "people.csv",
            "rows": 400,
            "sample": [[str(i), *row] for i, row in enumerate(rows[:5])],
            "columns": [{"name": "id", "kind": "identifier"}, *table["columns"]],
            "kinds": [
                {"kind": k, "title": k}
                for k in (
                    "name",
                    "text",
                    "category",
                    "number",
                    "date",
                    "identifier",
                    "phone",
                    "source",
                )
            ],
            "keys": ["id"],
            "key": "id",
            "sentence": "",
            "sentences": [
                table["sentence"],
                "Two rows match when a shop would sell the same article for both.",
            ],
            "note": "Without a label: 1,997 groups in 5,000 rows.",
        }
        return {
            "title": "customers-2026",
            "person": "p1",
            "stage": "setup" if options.get("setup") else "label",
            "practised": False,
            "curator": bool(options.get("curator")),
            "guide": {
                "sentence": table["sentence"],
                "examples": examples,
                "people": 1,
                "assisted": bool(options.get("assisted")),
                **options.get("guide", {}),
            },
            "columns": table["columns"],
            "practice": practice,
            "setup": setup if options.get("setup") else None,
            "reasons": [
                "data error",
                "rule unclear",
                "two things in one row",
                "must not be seen",
                "other",
            ],
        }

    def get_sets(self, have: str = "", **one: str) -> Json:
        stored = self.stored
        if "set" in one:
            return {"sets": [stored.set(one["set"])], "queue": stored.queue()}
        held = [name for name in have.split(",") if name]
        fresh = [name for name in stored.waiting() if name not in held][: max(0, 2 - len(held))]
        return {"sets": [stored.set(name) for name in fresh], "queue": stored.queue()}

    def get_search(self, q: str, **one: str) -> Json:
        name = one["set"]
        hits = [
            i for i, row in enumerate(self.stored.table["rows"]) if any(q in (v or "") for v in row)
        ]
        return {"rows": [self.stored.found(f"more-{name}-{i}") for i in hits][:20], "more": False}

    def post_proposal(self, body: Json) -> Json:
        return {"to": "A"}

    def post_guide(self, body: Json) -> Json:
        self.stored.options["guide"] = body
        return body

    def get_answers(self, q: str = "", show: str = "all", page: str = "1") -> Json:
        found = []
        for i in range(self.stored.count):
            answer = answer_of(self.stored.events(f"S{i + 1}"))
            if answer is None:
                continue
            letters = [x for x in answer.values() if x]
            sizes = {x: letters.count(x) for x in letters}
            line = {
                "set": f"S{i + 1}",
                "number": i + 1,
                "at": 1764450000123,
                "rows": len(answer),
                "flagged": False,
                "flags": [x for x in self.flags() if x["number"] == i + 1],
            }
            line |= {
                "groups": [[x, n] for x, n in sizes.items() if n > 1],
                "alone": list(sizes.values()).count(1),
            }
            line |= {"left_out": len(answer) - len(letters), "changed": False}
            found.append(
                line | {"preview": ", ".join(v for v in self.stored.table["rows"][0][:6] if v)}
            )
        return {"answers": found, "page": 1, "pages": 1, "count": len(found)}

    def flags(self) -> list[Json]:
        """Return what is flagged, the newest first."""
        found = []
        for event in reversed(self.stored.events()):
            if event["kind"] not in ("flag", "note"):
                continue
            rows = self.stored.set(event["set"])["rows"]
            replies = self.stored.replies.get(event["id"], [])
            found.append(
                {
                    "id": event["id"],
                    "set": event["set"],
                    "number": int(event["set"][1:]),
                    "person": "ann",
                    "at": 1764450000123,
                    "reason": event.get("reason", ""),
                    "remark": event.get("remark", ""),
                    "resolved": bool(replies) and replies[-1]["resolved"],
                    "replies": replies,
                    "columns": self.stored.table["columns"],
                    "rows": [
                        {**row, "number": at}
                        for at, row in enumerate(rows, 1)
                        if row["token"] in event["rows"]
                    ],
                }
            )
        return found

    def get_flags(self, show: str = "open", page: str = "1") -> Json:
        every = self.flags()
        chosen = [x for x in every if show == "all" or x["resolved"] == (show == "resolved")]
        pending = [x for x in every if not x["resolved"]]
        counts = {"count": len(chosen), "open": len(pending), "all": len(every)}
        return {"flags": chosen, "page": 1, "pages": 1, **counts}

    def post_reply(self, body: Json) -> Json:
        reply = {"text": body["text"], "resolved": body["resolved"]}
        made = {**reply, "person": "cora", "at": 1764460000123}
        self.stored.replies.setdefault(body["flag"], []).append(made)
        return {}

    def post_open(self, body: Json) -> Json:
        return {"set": next(x["set"] for x in self.flags() if x["id"] == body["flag"])}

    def get_summary(self, *, finished: bool = False) -> Json:
        rows = self.stored.table["rows"]
        file = {
            "title": "labels (Glue format)",
            "name": "people.labels.csv",
            "href": "/label/t1/downloads/people.labels.csv",
        }
        return {
            "sets": self.stored.queue()["done"],
            "matches": 41,
            "others": 560,
            "left_out": 3,
            "seconds_per_set": 21.4,
            "second_look": 2,
            "flags": len(self.flags()) if self.stored.options.get("curator") else 0,
            "open_flags": self.get_flags()["open"],
            "estimate": {
                "precision": [0.97, 0.93, 0.99],
                "recall": [0.94, 0.88, 0.97],
                "f1": [0.95, 0.91, 0.98],
            },
            "advice": "The last two rounds changed under 2 % of the groups.",
            "enough": True,
            "can_finish": True,
            "finished": finished,
            "result": "1,982 groups",
            "commands": ["matchloop match people.csv --key id --labels people.labels.csv"],
            "downloads": [file] if finished else [],
            "changed": {
                "columns": [column["name"] for column in self.stored.table["columns"]],
                "groups": [
                    [["1", rows[0]], ["1", rows[1]], ["2", rows[2]]],
                    [["", rows[3]], ["", rows[4]]],
                ],
                "count": 12,
            }
            if len(rows) > 4
            else None,
        }

    def post_events(self, body: Json) -> Json:
        db = self.stored.db
        with db:
            for event in body["events"]:
                db.execute(
                    "INSERT INTO events(id, of, body) VALUES(?, ?, ?) ON CONFLICT(id) DO NOTHING",
                    (event["id"], event["set"], json.dumps(event)),
                )
        return {
            "stored": [e["id"] for e in body["events"]],
            "refused": [],
            "queue": self.stored.queue(),
        }

    def post_rows(self, body: Json) -> Json:
        with self.stored.db as db:
            db.execute("INSERT OR IGNORE INTO added VALUES(?, ?)", (body["set"], body["token"]))
        return {
            "set": body["set"],
            "version": self.stored.set(body["set"])["version"],
            "row": self.stored.found(body["token"]),
        }

    def post_setup(self, body: Json) -> Json:
        self.stored.options["setup"] = False
        return {}

    def post_practice(self, body: Json) -> Json:
        self.stored.options["practice"] = 0
        return {}

    def post_second_look(self, body: Json) -> Json:
        return {"queued": 0}

    def post_finish(self, body: Json) -> Json:
        return self.get_summary(finished=True)


if __name__ == "__main__":
    port, path, table, sets, options = sys.argv[1:6]
    Handler.stored = Stored(path, table, int(sets), json.loads(options))
    ThreadingHTTPServer.daemon_threads = True
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    sys.stdout.write(f"{server.server_port}\n")  # it listens now
    sys.stdout.flush()
    server.serve_forever()
