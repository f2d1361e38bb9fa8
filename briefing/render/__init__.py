"""Briefings as Markdown, HTML and JSON."""
