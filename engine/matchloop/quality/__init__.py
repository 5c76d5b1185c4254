"""Measure how good groups and labels are.

Here belong the figures against a truth, estimates without one, sampled audits, checks of the
labels, agreement between annotators, and the decision to promote a model. Pages that show the
figures belong to :mod:`matchloop.report`.
"""
