"""Run the stages over a table: block, compare, score."""

from matchloop.matching.backends.base import OnStage, Score
from matchloop.matching.backends.local import PreparedTable, prepare
from matchloop.matching.backends.near import Near

__all__ = ["Near", "OnStage", "PreparedTable", "Score", "prepare"]
