from __future__ import annotations

import pytest

from matchloop_api.auth import refuse_foreign
from matchloop_api.errors import AccessDeniedException

HERE = {"host": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    "headers",
    [
        HERE,
        {"host": "localhost"},
        {"host": "[::1]:8080"},
        {"host": "LOCALHOST:8080", "origin": "http://localhost:8080"},
        HERE | {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"},
        HERE | {"sec-fetch-site": "none"},
    ],
)
def test_clients_and_own_pages_pass(headers: dict[str, str]) -> None:
    refuse_foreign("POST", headers, is_open=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": ""},
        {"host": "evil.example"},
        {"host": "evil.example:8080"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost@evil.example"},
        {"host": "evil.example,localhost"},
        {"host": "localhost,evil.example"},
        {"host": "[::1"},
        {"host": "0.0.0.0:8080"},
        {"host": "192.168.1.5:8080"},
        HERE | {"origin": "http://evil.example"},
        HERE | {"origin": "null"},
        HERE | {"origin": ""},
        HERE | {"origin": "http://127.0.0.1:3000"},
        HERE | {"origin": "http://127.0.0.1"},
        HERE | {"origin": "http://127.0.0.1:8080,http://evil.example"},
        HERE | {"sec-fetch-site": "cross-site"},
        HERE | {"sec-fetch-site": "same-site"},
        HERE | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_rebound_names_and_pages_of_other_sites_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(AccessDeniedException):
        refuse_foreign("POST", headers, is_open=True)


def test_a_link_to_here_may_be_followed() -> None:
    linked = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}

    refuse_foreign("GET", HERE | linked, is_open=True)
    with pytest.raises(AccessDeniedException, match="Sec-Fetch-Site"):
        refuse_foreign("GET", HERE | {"sec-fetch-site": "cross-site"}, is_open=True)


def test_with_keys_any_name_may_be_asked_for() -> None:
    refuse_foreign("POST", {"host": "matchloop.example"}, is_open=False)
    with pytest.raises(AccessDeniedException):
        refuse_foreign(
            "POST",
            {"host": "matchloop.example", "origin": "https://evil.example"},
            is_open=False,
        )


FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"]


@pytest.mark.parametrize("name", FORWARDED)
def test_without_keys_what_a_proxy_forwards_is_refused_unless_trusted(name: str) -> None:
    headers = HERE | {name: "203.0.113.9"}

    with pytest.raises(AccessDeniedException, match=f"the header {name} says .*trust_forwarded=1"):
        refuse_foreign("POST", headers, is_open=True)
    refuse_foreign("POST", headers, is_open=True, trust_forwarded=True)
    refuse_foreign("POST", headers, is_open=False)
