"""Made-up tables of many kinds, with truth: what an engine meets that nobody tuned for it.

One module makes the tables of one or two kinds. Each maker takes ``(seed, n_rows, **options)`` and
returns a table (key ``id``, in linkage also ``source``) and a mapping of each id to its entity. All
words and persons are invented. :mod:`kinds.registry` names the tables.
"""
