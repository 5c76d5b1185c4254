"""Simulation: play the loop with a known truth instead of people."""

from matchloop.simulation.oracles import TruthOracle

__all__ = ["TruthOracle"]
