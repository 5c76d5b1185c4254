"""Contracts of plug-ins as test classes to inherit from in a test file."""

from matchloop.lab.testing.oracles import OracleContract, made_up_truth
from matchloop.lab.testing.strategies import StrategyContract, made_up_context

__all__ = ["OracleContract", "StrategyContract", "made_up_context", "made_up_truth"]
