"""The ``matchloop`` command: one file per sub-command, words on stderr, data on stdout."""

from matchloop.cli.app import main

__all__ = ["main"]
