"""The house rules that no other test would notice being broken."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import matchloop
import matchloop_api

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine" / "matchloop"
SERVER = ROOT / "api" / "matchloop_api"

NOT_AT_IMPORT = (
    "boto3",
    "botocore",
    "duckdb",
    "fastapi",
    "matplotlib",
    "obstore",
    "polars",
    "pyspark",
    "sqlalchemy",
)
# AWS named these modules; job scripts import them by their names.
NAMED_BY_AWS = ENGINE / "spark" / "glue" / "path"
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
VAGUE_VARIABLES = {"asked", "found", "given", "known", "one", "said", "told"}
WITHOUT_VAGUE_VARIABLES = ("api/matchloop_api", "engine/matchloop")
# Fields that end in JSON or are settings of a grid, where their names are published.
PUBLISHED_FIELDS = {
    "AnnotatorQuality.found",
    "Annotators.asked",
    "Between.one",
    "BlockingReport.found",
    "Check.found",
    "Finding.found",
    "HonestQuality.asked",
    "HonestQuality.told",
}
# Spelled in two parts, so that this file does not hold what it looks for.
MACHINE_WORDS = (
    "/" + "work/",
    "/" + "opt/dev",
    "/" + "opt/pypi",
    "/" + "root/",
    "/" + "home/",
    "files." + "pythonhosted",
    "pypi" + ".org",
    "registry." + "npmjs",
    "deb." + "debian.org",
)


def modules() -> list[str]:
    found = pkgutil.walk_packages(matchloop.__path__, "matchloop.")
    return ["matchloop", *(m.name for m in found if not m.name.endswith("__main__"))]


def server_modules() -> list[str]:
    found = pkgutil.walk_packages(matchloop_api.__path__, "matchloop_api.")
    return ["matchloop_api", *(m.name for m in found if ".migrations." not in m.name)]


def sources() -> list[Path]:
    found = [*ENGINE.rglob("*.py"), *SERVER.rglob("*.py")]
    return sorted(path for path in found if not {"__pycache__", "versions"} & set(path.parts))


def tree_files() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        skipped = {".venv", ".git", "dist", "build", "__pycache__"}
        paths = [path for path in ROOT.rglob("*") if not skipped & set(path.parts)]
    return [path for path in paths if path.is_file() and "_cache" not in str(path)]


def test_the_layers_hold() -> None:
    pytest.importorskip("importlinter")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_engine_loads_no_optional_package() -> None:
    script = (
        "import sys, importlib\n"
        f"for name in {modules()!r}: importlib.import_module(name)\n"
        f"print(*[n for n in {NOT_AT_IMPORT!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("matchloop", ["numba", "sklearn", "scipy", "pandas", "typer"]),
        ("matchloop_api.app", ["numba", "sklearn", "scipy", "pandas"]),
    ],
)
def test_what_is_started_often_is_light(module: str, heavy: list[str]) -> None:
    script = f"import sys, {module}\nprint(*[n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_the_list_of_commands_is_light(arguments: list[str]) -> None:
    heavy = ["numpy", "pandas", "pyarrow", "numba", "scipy", "sklearn", "sqlalchemy", "fastapi"]
    script = (
        "import sys\nfrom matchloop.cli import main\n"
        f"main({arguments!r})\nprint('loaded', *[n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1].split() == ["loaded"]


@pytest.mark.parametrize("name", [*modules(), *server_modules()])
def test_every_name_in_all_exists_and_is_sorted(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", None)
    if exported is None:
        return

    assert [missing for missing in exported if not hasattr(module, missing)] == []
    assert sorted(set(exported)) == sorted(exported)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_with_public_names_says_which(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    has_all = any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )

    assert has_all or not public, f"{path.name} has {public} and no __all__"
    assert ast.get_docstring(tree), f"{path.name} has no docstring"


def test_public_names_resolve_and_are_listed_by_dir() -> None:
    assert set(matchloop.__all__) <= set(dir(matchloop))
    with pytest.raises(AttributeError, match="nope"):
        matchloop.nope  # noqa: B018


def test_no_file_is_named_after_nothing() -> None:
    named = [
        path.relative_to(ROOT)
        for path in tree_files()
        if path.suffix == ".py"
        and path.stem.strip("_") in NAMES_THAT_SAY_NOTHING
        and NAMED_BY_AWS not in path.parents
    ]

    assert named == []


def vague_names(tree: ast.AST) -> list[str]:
    """Return each vague variable, parameter, field and definition with its line."""
    names = []
    published = {
        id(node.target)
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and f"{owner.name}.{node.target.id}" in PUBLISHED_FIELDS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = "" if id(node) in published else node.id
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs):
            name = node.name or ""
        else:
            continue
        if name in VAGUE_VARIABLES:
            names.append(f"{node.lineno}: {name}")
    return names


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "for one in rows: pass",
        "[told for told in rows]",
        "def f(*, said): pass",
        "class Answer:\n    known: int",
        "if (asked := 1): pass",
        "lambda given: 1",
        "def known(): pass",
        "async def known(): pass",
        "try: pass\nexcept ValueError as found: pass",
        "match row:\n    case [one]: pass",
    ],
)
def test_a_vague_variable_is_seen_wherever_it_is_bound(code: str) -> None:
    assert len(vague_names(ast.parse(code))) == 1


def test_published_fields_exist() -> None:
    fields = {
        f"{node.name}.{field.target.id}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }

    assert PUBLISHED_FIELDS - fields == set()


@pytest.mark.parametrize("package", WITHOUT_VAGUE_VARIABLES)
def test_variables_are_named_after_what_they_hold(package: str) -> None:
    paths = [path for path in sources() if path.is_relative_to(ROOT / package)]
    vague = [
        f"{path.relative_to(ROOT)}:{name}"
        for path in paths
        for name in vague_names(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert paths, f"{package} holds no module"
    assert vague == []


def test_no_machine_path_or_registry_host_in_the_tree() -> None:
    found = []
    for path in tree_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in MACHINE_WORDS if word in text]

    assert found == []


def test_tests_mirror_the_code() -> None:
    strangers = []
    for name, package in (("engine", ENGINE), ("api", SERVER)):
        for path in (ROOT / "tests" / name).rglob("test_*.py"):
            folder = package / path.parent.relative_to(ROOT / "tests" / name)
            if not folder.is_dir():
                strangers.append(str(path.relative_to(ROOT)))

    assert strangers == []


def test_every_type_ignore_names_its_rule() -> None:
    bare = re.compile(r"#\s*type:\s*ignore(?!\[)")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]

    assert found == []


def test_the_gate_is_executable_bash() -> None:
    gate = ROOT / ".ci" / "run"

    assert os.access(gate, os.X_OK)
    assert subprocess.run(["bash", "-n", str(gate)], check=False).returncode == 0
