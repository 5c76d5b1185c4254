from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from matchloop_api.store import Store

if TYPE_CHECKING:
    from api.conftest import Server
    from api.labelling.conftest import Person

Queue = Callable[..., str]
People = Callable[..., "Person"]
Keys = Callable[[Store, str, str], tuple[str, str]]
ROUTES = (
    ("GET", ""),
    ("GET", "/start"),
    ("GET", "/sets"),
    ("GET", "/search?set=S1&q=ann"),
    ("POST", "/proposal"),
    ("POST", "/guide"),
    ("POST", "/adjudicate"),
    ("GET", "/flags"),
    ("GET", "/flags.csv"),
    ("POST", "/flags/reply"),
    ("POST", "/flags/open"),
    ("GET", "/answers"),
    ("GET", "/summary"),
    ("GET", "/downloads/people.model"),
    ("POST", "/events"),
    ("POST", "/rows"),
    ("POST", "/practice"),
    ("POST", "/setup"),
    ("POST", "/second-look"),
    ("POST", "/finish"),
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_needs_a_key_and_the_role_of_a_labeler(
    server: Server, queue: Queue, person: People, access_key: Keys, method: str, path: str
) -> None:
    transform = queue(server.store)
    reader = access_key(server.store, "eve", "reader")
    stranger, looker = person(server.url, transform), person(server.url, transform, key=reader)
    body: dict[str, str] | None = {} if method == "POST" else None

    for who, expected in ((stranger, 401), (looker, 403)):
        status, headers, text = who.ask(method, who.base + path, body)
        assert status == expected
        assert json.loads(text)["error"]
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_pages_of_other_sites(
    server: Server, queue: Queue, person: People, method: str, path: str
) -> None:
    ann = person(server.url, queue(server.store))
    ann.open()
    body: dict[str, str] | None = {} if method == "POST" else None

    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Host": "evil.example"},
    ):
        assert ann.ask(method, ann.base + path, body, **headers)[0] == 403


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
def test_a_post_needs_the_token_of_its_page_and_json(
    server: Server, queue: Queue, person: People, path: str
) -> None:
    first, second = queue(server.store), queue(server.store)
    ann, other = person(server.url, first), person(server.url, second)
    other.open()

    for token in ("", "x", other.csrf):
        assert ann.ask("POST", ann.base + path, {}, X_CSRF_Token=token)[0] == 403
    ann.open()
    assert ann.ask("POST", ann.base + path, {}, Content_Type="text/plain")[0] == 400


def test_the_page_and_its_files_come_with_their_headers(
    server: Server, queue: Queue, person: People
) -> None:
    ann = person(server.url, queue(server.store))
    status, headers, text = ann.ask("GET", ann.base)
    assert (status, headers["Content-Security-Policy"]) == (200, POLICY)
    assert headers["Content-Type"].startswith("text/html")
    assert "/static/labelling/label.js" in text

    status, headers, _ = ann.ask("GET", "/static/labelling/label.js")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert headers["Content-Type"].startswith("text/javascript")
    for name in ("none.js", "..%2Froutes.py", "%2e%2e/routes.py", "../templates/label.html"):
        assert ann.ask("GET", f"/static/labelling/{name}")[0] == 404


def test_there_is_no_page_for_an_unknown_transform(server: Server, person: People) -> None:
    nobody = person(server.url, "tfm-none")

    status, _, text = nobody.ask("GET", nobody.base)

    assert (status, json.loads(text)["error"]) == (404, "There is no transform tfm-none.")
