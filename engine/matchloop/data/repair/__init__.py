"""Repair: a labelling file that went through spreadsheets and programs, examined and mended."""

from matchloop.data.repair.disguises import readings
from matchloop.data.repair.doctor import Diagnosis, examine
from matchloop.data.repair.finding import Finding, Status, grouped
from matchloop.data.repair.sheets import write_workbook

__all__ = [
    "Diagnosis",
    "Finding",
    "Status",
    "examine",
    "grouped",
    "readings",
    "write_workbook",
]
