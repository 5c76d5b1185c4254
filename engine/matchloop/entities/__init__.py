"""What happens to groups after matching.

Here belong ids that stay from run to run. Forming groups belongs to :mod:`matchloop.matching`,
judging them to :mod:`matchloop.quality`.
"""
