"""Pages for people: the console of task runs and, later, the labelling page."""
