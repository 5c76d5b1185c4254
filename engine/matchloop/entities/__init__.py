"""What becomes of groups after matching: golden rows.

Matching itself, and the reading of tables, do not belong here.
"""
