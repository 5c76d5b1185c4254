"""The arguments of a job script."""

from matchloop.spark.glue.jobs import getResolvedOptions

__all__ = ["getResolvedOptions"]
