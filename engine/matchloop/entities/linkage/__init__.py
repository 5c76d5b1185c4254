"""Link tables of different columns: which columns mean the same, and the pairs that match."""

from matchloop.entities.linkage.columns import ColumnPair, match_columns
from matchloop.entities.linkage.labels import read_link_labels
from matchloop.entities.linkage.linking import Links, find_links, keyed_tables, link
from matchloop.entities.linkage.pairs import LinkedPairs, linked_pairs, pairs_table
from matchloop.entities.linkage.tables import LinkedTables, link_tables

__all__ = [
    "ColumnPair",
    "LinkedPairs",
    "LinkedTables",
    "Links",
    "find_links",
    "keyed_tables",
    "link",
    "link_tables",
    "linked_pairs",
    "match_columns",
    "pairs_table",
    "read_link_labels",
]
