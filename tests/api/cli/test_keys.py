from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from matchloop.cli import main
from matchloop.errors import UsageError
from matchloop_api.auth import Role, new_access_key
from matchloop_api.cli.keys import RoleName


def run(
    capsys: pytest.CaptureFixture[str], folder: Path, *words: str, code: int = 0
) -> tuple[str, str]:
    assert main(["keys", *words, "--data-dir", str(folder)]) == code
    said = capsys.readouterr()
    return said.out, said.err


def listed(capsys: pytest.CaptureFixture[str], folder: Path) -> list[dict[str, Any]]:
    return list(json.loads(run(capsys, folder, "list", "--json")[0]))


def test_a_key_is_made_listed_and_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = run(capsys, tmp_path, "add", "ann", "--role", "labeler")
    found = re.fullmatch(
        r"AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\nAWS_SECRET_ACCESS_KEY=(\S{40})\n", out
    )
    assert found is not None
    assert "first: from now on every request must be signed" in err
    assert found[2] not in err

    out, _ = run(capsys, tmp_path, "list")
    assert out.startswith(f"{found[1]}  labeler")
    assert found[2] not in out

    _, err = run(capsys, tmp_path, "revoke", found[1])
    assert "no key is left" in err
    (one,) = listed(capsys, tmp_path)
    assert one["RevokedAt"] is not None
    assert "was revoked before" in run(capsys, tmp_path, "revoke", found[1])[1]


def test_the_secret_is_printed_as_json_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = json.loads(run(capsys, tmp_path, "add", "ann", "--role", "admin", "--json")[0])
    run(capsys, tmp_path, "add", "bob", "--role", "reader")

    assert len(made.pop("SecretAccessKey")) == 40
    first, second = listed(capsys, tmp_path)
    assert first == made
    assert (second["Name"], second["Role"]) == ("bob", "reader")
    _, err = run(capsys, tmp_path, "revoke", first["AccessKeyId"])
    assert "no key is left" not in err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["add", "ann", "--role", "king"], "king"),
        (["add", "ann"], "--role"),
        (["add", "a\nb", "--role", "admin"], "printable"),
        (["revoke", "AKIANOBODY"], "there is no key 'AKIANOBODY'"),
    ],
)
def test_wrong_use_is_one_line(
    words: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, tmp_path, "add", "x", "--role", "admin")
    code = 1 if words[0] == "revoke" else 2

    _, err = run(capsys, tmp_path, *words, code=code)

    assert expected in err
    assert err.count("\n") == 1


def test_looking_makes_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "not-there"

    run(capsys, folder, "list", code=1)

    assert not folder.exists()


def test_the_roles_of_the_command_are_the_servers() -> None:
    assert set(get_args(get_args(RoleName)[0])) == {role.value for role in Role}


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\x1b[2Jb", "a\u2028b"])
def test_a_name_is_printable_and_short(name: str) -> None:
    with pytest.raises(UsageError, match="printable"):
        new_access_key(name, Role.ADMIN, now=datetime.now(UTC))
