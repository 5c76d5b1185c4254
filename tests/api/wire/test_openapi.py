from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from matchloop_api.operations import BEYOND, OPERATIONS
from matchloop_api.wire.openapi import openapi_document

if TYPE_CHECKING:
    from api.conftest import Server

OFFERED = {**OPERATIONS, **BEYOND}
DOCUMENT = openapi_document(OFFERED, version="0")


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    if isinstance(value, list):
        return set().union(*map(references, value))
    return set()


def test_every_operation_stands_in_it() -> None:
    assert set(DOCUMENT["paths"]) == {f"/v1/{name}" for name in OFFERED}


def test_every_reference_leads_somewhere() -> None:
    parts = DOCUMENT["components"]
    known = {f"#/components/{kind}/{name}" for kind in parts for name in parts[kind]}
    assert references(DOCUMENT) <= known


def test_limits_and_enumerations_are_those_of_the_model() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    request = schemas["GetMLTransformsRequest"]["properties"]
    assert (request["MaxResults"]["minimum"], request["MaxResults"]["maximum"]) == (1, 1000)
    assert schemas["TransformParameters"]["properties"]["TransformType"]["enum"] == ["FIND_MATCHES"]
    assert schemas["CreateMLTransformRequest"]["required"] == [
        "Name",
        "InputRecordTables",
        "Parameters",
        "Role",
    ]


def test_every_operation_is_described() -> None:
    told = {path: item["post"]["summary"] for path, item in DOCUMENT["paths"].items()}
    assert [path for path, summary in told.items() if not summary] == []


@pytest.fixture(scope="module")
def schema(shared_server: Server) -> Any:
    return schemathesis.openapi.from_url(f"{shared_server.url}/openapi.json")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OFFERED))
def test_requests_made_from_it_are_answered_as_it_says(name: str, schema: Any) -> None:
    @given(case=schema[f"/v1/{name}"]["POST"].as_strategy())
    @settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
    def run(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(
            checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
        )

    run()
