"""``python -m matchloop.spark.glue SCRIPT [ARGUMENTS]``: run a Glue job script here."""

from __future__ import annotations

import os
import runpy
import sys

from matchloop.errors import MatchloopError
from matchloop.spark.glue import PATH

__all__ = ["main"]

USAGE = "usage: python -m matchloop.spark.glue SCRIPT [--JOB_NAME NAME ...], or --path"


def main(arguments: list[str]) -> int:
    """Run a script, or print the folder to put on the path; return the exit code."""
    if arguments == ["--path"]:
        sys.stdout.write(f"{PATH}\n")
        return 0
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    script = arguments[0]
    if not os.path.isfile(script):
        sys.stderr.write(f"matchloop: no script '{script}'; {USAGE}\n")
        return 2
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # A job script names no master; Glue's own machines have one set.
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", "--master local[*] pyspark-shell")
    sys.argv = arguments
    # At the end: where the real awsglue is installed, it is the one that scripts import.
    sys.path.append(str(PATH))
    try:
        runpy.run_path(script, run_name="__main__")
    except MatchloopError as error:
        if os.environ.get("MATCHLOOP_DEBUG", "") not in ("", "0"):
            raise
        sys.stderr.write(f"matchloop: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
