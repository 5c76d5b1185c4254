"""Stands in for AWS's awsglueml, which exists in Glue alone; see matchloop.spark.glue."""
