"""The labelling page's server: a queue of sets, one event for each action, answers in the ledger.

A person's answer to a set is the fold of that person's events, computed here and on the page by
the same rules. The page gets cells and random tokens; keys, scores, proposals and other people's
answers stay on the server.
"""
