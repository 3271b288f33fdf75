"""From a spec to the tables of its contract tests.

Facts are read from the document itself and not from the IR, so that a mistake in building the IR shows as a failing
contract test; only Python names come from there, since a name is decided once.
"""

from vendorsmith.cases.derive import contract_of

__all__ = ["contract_of"]
