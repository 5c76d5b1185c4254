"""Run the stages over a table: block, compare, score."""

from matchloop.backends.base import OnStage, Score
from matchloop.backends.local import PreparedTable, prepare

__all__ = ["OnStage", "PreparedTable", "Score", "prepare"]
