"""No operation is offered that no test drives with boto3."""

from __future__ import annotations

import ast
from pathlib import Path

from botocore import xform_name

from matchloop_api.operations import OPERATIONS

TESTS = Path(__file__).resolve().parents[1]


def called(path: Path) -> set[str]:
    """Return the names of the methods that a file calls, also those given to a paginator."""
    calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    methods = {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
    pages = {
        str(one.value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get_paginator"
        for one in call.args
        if isinstance(one, ast.Constant)
    }
    return methods | pages


def test_each_operation_is_called_by_boto3_in_some_test() -> None:
    files = [path for path in TESTS.rglob("test_*.py") if "boto3" in path.read_text("utf-8")]
    files += (TESTS / "api/operations").rglob("test_*.py")  # their clients come from fixtures
    methods = set().union(*(called(path) for path in files))

    assert [name for name in OPERATIONS if xform_name(name) not in methods] == []
