"""The server's commands; each imports its dependencies only when it runs."""
