"""Stands in for AWS's awsglue where it is not installed; see matchloop.spark.glue."""
