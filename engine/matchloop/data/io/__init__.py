"""Read and write tables, label files and model bundles."""

from matchloop.data.io.bundles import Bundle, read_bundle, write_bundle
from matchloop.data.io.csv_batches import read_csv_batches
from matchloop.data.io.formulas import escape_formulas, is_spreadsheet
from matchloop.data.io.label_files import read_labels, write_labelling_file, write_labels
from matchloop.data.io.stacking import Stacked, stack_tables
from matchloop.data.io.tables import read_records, read_table
from matchloop.data.io.writing import (
    atomic_write,
    check_fits,
    check_writable,
    write_open,
    write_table,
)

__all__ = [
    "Bundle",
    "Stacked",
    "atomic_write",
    "check_fits",
    "check_writable",
    "escape_formulas",
    "is_spreadsheet",
    "read_bundle",
    "read_csv_batches",
    "read_labels",
    "read_records",
    "read_table",
    "stack_tables",
    "write_bundle",
    "write_labelling_file",
    "write_labels",
    "write_open",
    "write_table",
]
