"""A contract as the module that holds its tables."""

from __future__ import annotations

from jobclients_contract.cases import Contract

from vendorsmith.emit.code import Code, literal, made
from vendorsmith.emit.templating import render

_TABLES = {
    "servers": "tuple[Server, ...]",
    "credentials": "tuple[Credential, ...]",
    "operations": "tuple[Operation, ...]",
    "requests": "tuple[Request, ...]",
    "spellings": "tuple[Spellings, ...]",
    "schemas": "dict[str, Json]",
    "names": "tuple[Names, ...]",
    "values": "tuple[ValueExample, ...]",
    "errors": "Json",
    "kinds": "tuple[Kind, ...]",
    "contradictions": "tuple[Contradiction, ...]",
}


def contract_files(contract: Contract) -> dict[str, str]:
    """The test module of a contract, unformatted, by path below the output folder.

    Args:
        contract: its tables.
    """
    text = render(
        "contract.py.jinja",
        vendor=Code(contract.vendor),
        tables=[(Code(name.upper()), Code(kind), literal(getattr(contract, name))) for name, kind in _TABLES.items()],
        contract=made(contract, **{name: Code(name.upper()) for name in _TABLES}),
    )
    return {f"contract_tests/test_{contract.vendor}.py": text}
