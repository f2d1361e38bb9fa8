"""Extractive briefings whose every sentence is cited and verified."""
