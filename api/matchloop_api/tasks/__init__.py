"""Task runs: the queue's workers and what each type of run does."""
