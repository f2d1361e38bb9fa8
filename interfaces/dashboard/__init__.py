"""The dashboard, one view a file."""
