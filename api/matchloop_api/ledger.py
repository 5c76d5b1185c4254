"""The label ledger read: the labels a transform has now, or had at a time."""
