"""Examine and repair files that spreadsheets and other programs have changed."""

from matchloop.data.repair.disguises import readings
from matchloop.data.repair.doctor import Diagnosis, examine
from matchloop.data.repair.finding import Finding, Status, grouped
from matchloop.data.repair.sheets import write_workbook
from matchloop.data.repair.tables import examine_table, is_labelling_file

__all__ = [
    "Diagnosis",
    "Finding",
    "Status",
    "examine",
    "examine_table",
    "grouped",
    "is_labelling_file",
    "readings",
    "write_workbook",
]
