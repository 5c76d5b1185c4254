"""Contracts as tests: what plug-ins have to do, as classes to inherit from in a test file."""

from matchloop.testing.strategies import StrategyContract, made_up_context

__all__ = ["StrategyContract", "made_up_context"]
