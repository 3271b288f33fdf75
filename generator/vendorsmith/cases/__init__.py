"""From a vendor's facts to the tables of its contract tests.

What is documented is read from the normalised document and not from the typed facts, so that a mistake in building
these shows as a failing contract test; only Python names come from there, since a name is decided once. A mistake in
normalising shows in neither: tests/generator/test_openapi.py looks for it.
"""

from vendorsmith.cases.derive import contract_of

__all__ = ["contract_of"]
