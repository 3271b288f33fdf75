"""Third-party readers: openapi-core, uritemplate and werkzeug read requests, jsonschema validates values."""
