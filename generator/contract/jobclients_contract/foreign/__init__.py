"""Readers that others wrote: what a request says by openapi-core, uritemplate and werkzeug, and values by jsonschema."""
