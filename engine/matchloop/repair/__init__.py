"""Repair: a labelling file that went through spreadsheets and programs, examined and mended."""

from matchloop.repair.disguises import readings
from matchloop.repair.doctor import Diagnosis, examine
from matchloop.repair.finding import Finding, Status, grouped
from matchloop.repair.sheets import write_workbook

__all__ = [
    "Diagnosis",
    "Finding",
    "Status",
    "examine",
    "grouped",
    "readings",
    "write_workbook",
]
