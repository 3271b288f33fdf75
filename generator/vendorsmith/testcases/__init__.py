"""Writes the test cases of a vendor suite.

What is documented is read from the normalised document and not from the typed facts, so that a mistake in building
these shows as a failing line; only Python names come from there, since a name is decided once. A mistake in
normalising shows in neither: tests/generator/test_openapi.py looks for it.

`lines` says which line is where; each family of lines is a module beside it.
"""
