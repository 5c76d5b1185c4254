from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STORE = ["--data-dir", "none"]
COMMANDS = [
    ["serve", *STORE],
    ["worker", *STORE],
    ["keys", "list", *STORE],
    ["ledger", "log", "people", *STORE],
    ["label", "people.csv"],
]


def test_without_the_servers_packages_every_command_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['sqlalchemy'] = None\n"
        "from matchloop.cli import main\n"
        f"for words in {COMMANDS}: print(main(words))\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["1"] * len(COMMANDS)
    lines = ran.stderr.splitlines()
    assert len(lines) == len(COMMANDS)
    assert all("packages are missing (sqlalchemy" in line for line in lines)
    assert all("pip install 'matchloop[server]'" in line for line in lines)
