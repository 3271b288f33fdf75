"""Document to IR: the one place that reads OpenAPI and writes facts."""

from vendorsmith.build.api import build

__all__ = ["build"]
