"""Builds the IR from a validated document."""

from vendorsmith.build.api import build

__all__ = ["build"]
