"""Ways for an alert to leave the house."""
