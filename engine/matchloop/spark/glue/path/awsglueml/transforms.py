"""FindMatches and FindIncrementalMatches."""

from matchloop.spark.glue.finding import FindIncrementalMatches, FindMatches

__all__ = ["FindIncrementalMatches", "FindMatches"]
