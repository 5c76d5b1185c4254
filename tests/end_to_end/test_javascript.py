"""The AWS SDK for JavaScript v3 works against the server.

``MATCHLOOP_JAVASCRIPT`` names a folder in which ``npm install @aws-sdk/client-glue
@aws-sdk/client-sts`` was run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matchloop_api.operations import OPERATIONS

if TYPE_CHECKING:
    from end_to_end.conftest import Served

PACKAGES = os.environ.get("MATCHLOOP_JAVASCRIPT", "")
SCRIPT = Path(__file__).parent / "javascript/find_matches.mjs"

pytestmark = [
    pytest.mark.skipif(not shutil.which("node"), reason="node is not installed"),
    pytest.mark.skipif(
        not (Path(PACKAGES) / "node_modules/@aws-sdk/client-glue").is_dir(),
        reason="MATCHLOOP_JAVASCRIPT names no folder with @aws-sdk/client-glue",
    ),
]


def test_the_javascript_sdk_calls_each_operation_and_knows_each_error(
    served: Served, people: Mapping[str, str]
) -> None:
    (served.folder / "truth.json").write_text(json.dumps(people))

    done = subprocess.run(
        ["node", str(SCRIPT), served.url, str(served.folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env=served.signing,
    )

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    ours = {name for name in OPERATIONS if re.search("ML|Label|[Tt]ag", name)}
    assert len(ours) == 16
    assert ours - set(said["succeeded"]) == set()
    assert ours - set(said["failed"]) == set()
