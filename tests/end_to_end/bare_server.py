"""Run by .ci/run in an environment with the extra ``server`` alone: the server answers."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import urllib.request


def check(command: str) -> None:
    extras = [name for name in ("boto3", "psycopg", "pytest") if importlib.util.find_spec(name)]
    assert not extras, f"more than the extra is installed: {extras}"
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [command, "serve", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, line
            health = json.load(urllib.request.urlopen(f"{found[0]}/healthz", timeout=30))
            assert health["status"] == "ok", health
            call = urllib.request.Request(f"{found[0]}/v1/GetMLTransforms", data=b"{}")
            call.add_header("Content-Type", "application/json")
            answer = json.load(urllib.request.urlopen(call, timeout=30))
            assert answer["success"], answer
        finally:
            server.terminate()
            assert server.wait(60) == 0
    sys.stdout.write("the bare server answers\n")


if __name__ == "__main__":
    check(sys.argv[1])
