"""Run AWS Glue job scripts that call FindMatches, unchanged, on any Spark.

``path/`` holds the packages ``awsglue`` and ``awsglueml``. They are not importable unless this
folder is put on the path, so that installing matchloop never shadows the real ones:
``python -m matchloop.spark.glue script.py --JOB_NAME match`` does it, and so does
``PYTHONPATH=$(python -m matchloop.spark.glue --path)``.
"""

from pathlib import Path

__all__ = ["PATH"]

PATH = Path(__file__).parent / "path"
"""Folder of the packages ``awsglue`` and ``awsglueml``."""
