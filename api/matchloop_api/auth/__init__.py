"""Who sent a request, and what that person may do."""
