"""The context of a job script."""

from matchloop.spark.glue.jobs import GlueContext

__all__ = ["GlueContext"]
