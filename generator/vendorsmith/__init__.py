"""The generator: reads specs, writes typed clients."""

__version__ = "0.1.0"
