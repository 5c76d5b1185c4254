from __future__ import annotations

import sys
from pathlib import Path

import pytest

from matchloop.errors import MissingExtra
from matchloop.report.templates import fill_template


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "pages_of_a_test").mkdir()
    page = "<style>{{ style | safe }}</style><p>{{ text }}</p>"
    (tmp_path / "pages_of_a_test" / "page.html.j2").write_text(page, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "pages_of_a_test"


def test_values_are_escaped_and_the_style_is_inside(package: str) -> None:
    pytest.importorskip("jinja2")

    page = fill_template(package, "page.html.j2", text="<b>")

    assert page.endswith("<p>&lt;b&gt;</p>")
    assert "--ink" in page


def test_a_value_that_is_missing_is_an_error(package: str) -> None:
    jinja2 = pytest.importorskip("jinja2")

    with pytest.raises(jinja2.UndefinedError, match="text"):
        fill_template(package, "page.html.j2")


@pytest.mark.parametrize("extra", ["plots", "lab"])
def test_without_jinja2_it_is_said_what_to_install(
    package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)

    with pytest.raises(MissingExtra, match=rf"pip install 'matchloop\[{extra}\]'"):
        fill_template(package, "page.html.j2", extra=extra, text="")
