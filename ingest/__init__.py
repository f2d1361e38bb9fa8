"""Input of every kind into documents: one source family a file."""
