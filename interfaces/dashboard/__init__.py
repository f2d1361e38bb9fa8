"""The dashboard: one view a file, joined in ``app``, started by ``launch``."""
