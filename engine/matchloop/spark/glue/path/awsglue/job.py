"""The job of a script."""

from matchloop.spark.glue.jobs import Job

__all__ = ["Job"]
