"""Turn a table into groups: block, compare, score, learn from labels, cluster.

Each stage is a package of its own, :class:`~matchloop.matching.matcher.Matcher` runs them in
order. Here belongs what changes the groups that come out. Choosing what to ask belongs to
:mod:`matchloop.active_learning`, judging the result to :mod:`matchloop.quality`.
"""
