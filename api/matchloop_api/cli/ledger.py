"""matchloop ledger."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(help="Not there yet.")
