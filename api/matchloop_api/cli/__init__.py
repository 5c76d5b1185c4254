"""The server's commands; each file imports what it needs only when its command is run."""
