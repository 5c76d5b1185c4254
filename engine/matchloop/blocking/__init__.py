"""Blocking: the pairs worth comparing, out of all that could be."""

from matchloop.blocking.candidates import IDENTICAL, block
from matchloop.blocking.report import BlockingReport
from matchloop.blocking.user import UserRule

__all__ = ["IDENTICAL", "BlockingReport", "UserRule", "block"]
