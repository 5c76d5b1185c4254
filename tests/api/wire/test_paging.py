from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop_api.auth import ANYONE
from matchloop_api.context import Context
from matchloop_api.errors import InvalidInputException
from matchloop_api.settings import Settings
from matchloop_api.store import Store, open_store
from matchloop_api.wire import page_of


def context_of(store: Store) -> Context:
    return Context(store, Settings(), ANYONE, "request", datetime.now(UTC), "GetMLTransforms")


@pytest.fixture
def context(store: Store) -> Context:
    return context_of(store)


def walk(request: Mapping[str, Any], context: Context, items: range) -> list[int]:
    seen: list[int] = []
    token = None
    while True:
        page = page_of({**request, "NextToken": token}, context, items)
        seen += page.items
        token = page.next_token
        if token is None:
            return seen


@given(count=st.integers(0, 30), size=st.integers(1, 12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_every_item_stands_on_one_page(count: int, size: int, context: Context) -> None:
    assert walk({"MaxResults": size}, context, range(count)) == list(range(count))


def test_a_page_holds_a_hundred_unless_said(context: Context) -> None:
    assert len(page_of({}, context, range(101)).items) == 100
    assert page_of({}, context, range(100)).next_token is None


def test_a_token_is_good_with_another_page_size(context: Context) -> None:
    token = page_of({"MaxResults": 2}, context, range(9)).next_token
    page = page_of({"MaxResults": 7, "NextToken": token}, context, range(9))
    assert list(page.items) == list(range(2, 9))


def test_a_token_is_good_for_its_own_request_only(context: Context) -> None:
    token = page_of({"MaxResults": 2}, context, range(9)).next_token
    assert token is not None
    others: list[tuple[dict[str, Any], Context]] = [
        ({"NextToken": token, "Filter": {"Name": "a"}}, context),
        ({"NextToken": token}, replace(context, operation="ListMLTransforms")),
        ({"NextToken": token[:-1]}, context),
        ({"NextToken": "B" + token[1:]}, context),
        ({"NextToken": "no token"}, context),
        ({"NextToken": "\N{SNOWMAN}"}, context),
    ]
    for request, where in others:
        with pytest.raises(InvalidInputException, match="NextToken is not valid"):
            page_of(request, where, range(9))


def test_every_process_of_a_store_reads_the_tokens_of_the_others(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'matchloop.sqlite'}"
    first, second = open_store(url), open_store(url)
    token = page_of({"MaxResults": 2}, context_of(first), range(9)).next_token
    page = page_of({"NextToken": token}, context_of(second), range(9))
    first.close()
    second.close()
    assert list(page.items) == list(range(2, 9))
