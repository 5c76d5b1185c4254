"""Stands in for AWS's awsglue where it is not installed; see matchloop.spark.glue."""

from matchloop.spark.glue.frames import DynamicFrame
from matchloop.spark.glue.jobs import GlueContext

__all__ = ["DynamicFrame", "GlueContext"]
