"""Read, clean, hold and write what is matched: tables, values, labels and groups.

Here belong the records and the kinds of their columns, text and its parsing, pairs of records,
labels, matches, and files in every format, also their repair. Nothing here decides whether two
records match: see :mod:`matchloop.matching`.
"""
