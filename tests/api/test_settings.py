from __future__ import annotations

import re
import stat
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from matchloop.errors import InputError, UsageError
from matchloop_api.settings import Settings, make_data_dir, read_settings, unknown_variables

DOCS = Path(__file__).resolve().parents[2] / "docs"
SETTINGS = {one.name: one for one in fields(Settings)}


def test_without_anything_the_defaults_hold() -> None:
    settings = read_settings(environ={})

    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.data_dir == Path("matchloop-data").absolute()
    assert settings.store_url == f"sqlite:///{settings.data_dir}/matchloop.sqlite"


def test_what_is_given_beats_the_environment_and_that_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 1\nregion = "a"\nbuckets = ["x", "y"]\nlease_s = 3\n')
    environ = {"MATCHLOOP_SETTINGS": str(file), "MATCHLOOP_PORT": "2", "MATCHLOOP_HOST": ""}

    settings = read_settings({"max_runs": 7, "port": None}, environ=environ)

    assert (settings.port, settings.region, settings.max_runs) == (2, "a", 7)
    assert (settings.buckets, settings.lease_s) == (("x", "y"), 3.0)
    assert settings.host == "127.0.0.1"
    assert read_settings({"port": 3}, environ=environ).port == 3


def test_buckets_are_named_with_commas() -> None:
    assert read_settings(environ={"MATCHLOOP_BUCKETS": "one, two,,"}).buckets == ("one", "two")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "1.5"),
        ("port", 1.5),
        ("port", True),
        ("port", "-1"),
        ("port", "65536"),
        ("port", "http"),
        ("workers", "0"),
        ("max_body_mb", "0"),
        ("max_body_mb", "nan"),
        ("request_timeout_s", "0"),
        ("request_timeout_s", "nan"),
        ("clock_skew_s", "inf"),
        ("lease_s", "-3"),
        ("log_format", "xml"),
        ("log_level", "loud"),
        ("account_id", "12345"),
        ("host", " "),
        ("region", 5),
        ("buckets", [1, 2]),
        ("buckets", 3),
        ("data_dir", 3),
        ("memory", "much"),
        ("memory", "1MiB"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_the_setting(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"the setting {name} is [^\n]+$"):
        read_settings({name: value}, environ={})


def test_runs_take_the_memory_that_is_set() -> None:
    assert read_settings(environ={}).memory_of_a_run().limit is None
    settings = read_settings(environ={"MATCHLOOP_MEMORY": "2GiB"})
    assert settings.memory_of_a_run().limit == 2 << 30


@pytest.mark.parametrize("content", ["port = ", "nope = 1\n", "\xff"])
def test_a_wrong_file_is_refused_by_name(content: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content.encode("latin-1"))

    with pytest.raises(UsageError, match="settings.toml"):
        read_settings(file=file, environ={})
    with pytest.raises(UsageError, match="not-there"):
        read_settings(file=tmp_path / "not-there", environ={})


def test_variables_that_look_like_settings_are_told_of() -> None:
    environ = {"MATCHLOOP_PROT": "1", "MATCHLOOP_PORT": "1", "MATCHLOOP_DATA": "x", "PATH": ""}

    assert unknown_variables(environ) == ("MATCHLOOP_PROT",)


def test_the_data_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = make_data_dir(Settings(data_dir=tmp_path / "a" / "b"))

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert make_data_dir(Settings(data_dir=folder)) == folder
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot make the data folder"):
        make_data_dir(Settings(data_dir=tmp_path / "file"))


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", (DOCS / "server.md").read_text("utf-8"), re.M)
    default = SETTINGS[name].default
    written = ", ".join(default) if isinstance(default, tuple) else default
    written = f"{written:g}" if isinstance(written, float) else str(written)

    assert dict(rows)[name] == (f"`{written}`" if written else "empty")
    assert SETTINGS[name].metadata["says"].endswith(".")


def test_what_may_hold_a_password_is_not_shown() -> None:
    url = "postgresql://ann:hushhush@db/matchloop"

    assert "hushhush" not in repr(Settings(database_url=url, connections=(f"shop={url}",)))
