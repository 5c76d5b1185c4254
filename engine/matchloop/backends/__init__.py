"""Run the stages over a table: block, compare, score."""

from matchloop.backends.base import OnStage, Scorer
from matchloop.backends.local import PreparedTable, prepare

__all__ = ["OnStage", "PreparedTable", "Scorer", "prepare"]
