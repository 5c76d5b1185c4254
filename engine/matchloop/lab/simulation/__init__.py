"""The laboratory: simulations that compare strategies, with a known truth in place of annotators.

``tasks`` are tables with truth and ``oracles`` answer the questions. ``playing`` plays one run with
the same :class:`matchloop.LabelingLoop` that annotators use. ``grid`` and ``running`` play many
runs, and ``results`` stores them.
"""

from matchloop.lab.simulation.costs import AXES, CostModel, Effort, effort_of
from matchloop.lab.simulation.grid import Cell, Grid, Named, TableSource
from matchloop.lab.simulation.oracles import Answer, Oracle, TruthOracle, find_oracle
from matchloop.lab.simulation.playing import Play, Step, play
from matchloop.lab.simulation.results import Results, read_rounds
from matchloop.lab.simulation.running import Plan, plan_grid, run_grid
from matchloop.lab.simulation.tasks import Split, Task, split_by_entity
from matchloop.lab.simulation.truth import Truth

__all__ = [
    "AXES",
    "Answer",
    "Cell",
    "CostModel",
    "Effort",
    "Grid",
    "Named",
    "Oracle",
    "Plan",
    "Play",
    "Results",
    "Split",
    "Step",
    "TableSource",
    "Task",
    "Truth",
    "TruthOracle",
    "effort_of",
    "find_oracle",
    "plan_grid",
    "play",
    "read_rounds",
    "run_grid",
    "split_by_entity",
]
