"""Understanding a text: one step a file."""
