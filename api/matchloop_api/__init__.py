"""matchloop's server: the AWS Glue ML-transform API on the engine."""

__all__: list[str] = []
