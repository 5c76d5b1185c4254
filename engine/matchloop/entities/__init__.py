"""What becomes of groups after matching: golden rows, and the pairs of linked tables.

Matching itself, and the reading of tables, do not belong here.
"""
