"""Forecasts of onsets and of hostile and cooperative events, with the naive ones they have to beat beside them."""
