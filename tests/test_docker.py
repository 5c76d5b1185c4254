"""The files for Docker name what exists; no Docker engine is needed to see that."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

from matchloop.cli.app import build
from matchloop_api.settings import NOT_SETTINGS, Settings

yaml: Any = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SETTINGS = {f"MATCHLOOP_{one.name.upper()}" for one in fields(Settings)}
SERVICES: dict[str, Any] = COMPOSE["services"]


def instructions() -> list[tuple[str, str]]:
    joined = DOCKERFILE.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(None, 1)[1]) for line in lines]


def test_every_variable_is_a_setting() -> None:
    named = set(re.findall(r"\bMATCHLOOP_[A-Z_]+", DOCKERFILE))
    for service in SERVICES.values():
        named |= {name for name in service["environment"] if name.startswith("MATCHLOOP_")}

    assert len(named) >= 5
    assert named - SETTINGS - set(NOT_SETTINGS) == set()


def test_what_is_copied_is_there_and_not_left_out_of_the_context() -> None:
    let_in = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    copied = [
        name
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for name in rest.split()[:-1]
    ]

    assert sorted(copied) == sorted(let_in)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_runs_the_server_without_rights() -> None:
    said = dict(instructions())

    assert said["USER"].isdigit()
    assert said["USER"] != "0"
    assert json.loads(said["ENTRYPOINT"]) == ["matchloop"]
    assert json.loads(said["CMD"]) == ["serve"]
    assert "[server,postgres]" in said["RUN"]


def test_the_health_check_is_python_that_compiles() -> None:
    check = json.loads(dict(instructions())["HEALTHCHECK"].partition("CMD ")[2])

    assert check[:2] == ["python", "-c"]
    assert "/healthz" in check[2]
    compile(check[2], "healthcheck", "exec")


@pytest.mark.parametrize("name", ["web", "worker"])
def test_the_services_are_commands_with_their_options(name: str) -> None:
    command, *options = SERVICES[name]["command"]
    known = typer.main.get_group(build()).commands[command]

    known.make_context(command, options)
    assert SERVICES[name]["depends_on"]["database"]["condition"] == "service_healthy"


def test_no_password_is_written_down_and_no_port_is_open_to_others() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    assert re.findall(r"PASSWORD: (?!\$\{POSTGRES_PASSWORD:\?)", text) == []
    assert SERVICES["web"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in SERVICES["database"]
    volumes = {one.partition(":")[0] for service in SERVICES.values() for one in service["volumes"]}
    assert volumes == set(COMPOSE["volumes"])


def test_the_constraints_hold_names_and_versions_only() -> None:
    lines = (ROOT / "docker" / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert len(lines) > 20
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9_.-]+==[0-9][\w.]*", line)] == []
