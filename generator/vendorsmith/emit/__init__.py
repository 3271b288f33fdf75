"""Writes text from the IR: template contexts, templates, formatting. Nothing here writes a file."""
