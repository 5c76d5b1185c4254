"""The figures of an experiment: curves, ranks, savings, errors and questions."""

from matchloop.lab.simulation.charts.asked import asked_matches, asked_probabilities
from matchloop.lab.simulation.charts.learning import learning_curves, starts
from matchloop.lab.simulation.charts.noise import noise_grid
from matchloop.lab.simulation.charts.ranks import critical_difference
from matchloop.lab.simulation.charts.savings import labels_saved
from matchloop.lab.simulation.charts.set_sizes import sets_and_pairs

__all__ = [
    "asked_matches",
    "asked_probabilities",
    "critical_difference",
    "labels_saved",
    "learning_curves",
    "noise_grid",
    "sets_and_pairs",
    "starts",
]
