"""Print a constraints file that pins every dependency to the oldest version that we promise."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
wanted = [
    *project["dependencies"],
    *(line for extra in sys.argv[1:] for line in project["optional-dependencies"][extra]),
]
for line in wanted:
    pinned = re.match(r"([\w.-]+)(?:\[.*\])?>=([\w.]+)", line)
    if pinned and pinned[1] != "matchloop":
        print(f"{pinned[1]}=={pinned[2]}")
