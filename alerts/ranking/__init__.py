"""The learned ranker: from a day's windows to one calibrated probability of an onset a dyad."""
