"""Tables of the catalog as the engine's records, wherever their rows are."""

from matchloop_api.datasets.columns import columns_of
from matchloop_api.datasets.reading import read_dataset, records_from, records_of

__all__ = ["columns_of", "read_dataset", "records_from", "records_of"]
