"""The whole loop on a table with a truth: match, label, learn, evaluate."""

from matchloop.demo.run import DemoRun, run_demo
from matchloop.demo.summary import make_report
from matchloop.demo.tables import KnownTable, load_known_table

__all__ = ["DemoRun", "KnownTable", "load_known_table", "make_report", "run_demo"]
