"""Frames of a job script."""

from matchloop.spark.glue.frames import DynamicFrame, DynamicFrameCollection

__all__ = ["DynamicFrame", "DynamicFrameCollection"]
