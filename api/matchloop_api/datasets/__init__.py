"""Tables of the catalog as the engine's records, wherever their rows are."""

from matchloop_api.datasets.columns import columns_of
from matchloop_api.datasets.inferring import InferredTable, find_tables, infer_table
from matchloop_api.datasets.reading import read_dataset, records_from, records_of

__all__ = [
    "InferredTable",
    "columns_of",
    "find_tables",
    "infer_table",
    "read_dataset",
    "records_from",
    "records_of",
]
