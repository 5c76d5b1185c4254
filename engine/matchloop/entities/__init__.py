"""What becomes of groups after matching: stable ids, golden rows, the pairs of linked tables.

Matching itself, and the reading of tables, do not belong here.
"""
