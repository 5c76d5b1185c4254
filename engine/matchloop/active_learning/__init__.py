"""Choose which records people label next, and when they may stop.

Here belong the query strategies, the labelling sets that are built from them, the stopping rules
and the loop that joins them. What is learned from the answers belongs to
:mod:`matchloop.matching`.
"""
