"""Specs in, typed clients out."""

__version__ = "0.1.0"
