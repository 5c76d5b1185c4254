"""Tables of the catalog as the engine's records, wherever their rows are."""
