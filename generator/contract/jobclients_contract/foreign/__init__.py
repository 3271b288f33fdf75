"""Readers that others wrote: openapi-core, uritemplate and werkzeug read requests, jsonschema judges values."""
