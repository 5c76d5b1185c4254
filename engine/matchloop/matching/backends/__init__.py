"""Run the stages over a table: block, compare, score."""

from matchloop.matching.backends.base import OnStage, Score
from matchloop.matching.backends.local import PreparedTable, prepare

__all__ = ["OnStage", "PreparedTable", "Score", "prepare"]
