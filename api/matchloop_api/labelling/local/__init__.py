"""The page for one person, one table and one machine: what ``matchloop label`` runs."""
