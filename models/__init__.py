"""Learned components: the registry, the encoders, language identification."""
