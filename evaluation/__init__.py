"""Reusable measurement, used by the commands and the quality floors."""
