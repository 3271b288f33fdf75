"""One spec to its contract: every table, in the order in which they stand in the generated module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from jobclients_contract.cases import Contract, Contradiction, Json, Operation

from vendorsmith import ir
from vendorsmith.build.node import Node
from vendorsmith.cases.calls import calls
from vendorsmith.cases.credentials import credentials
from vendorsmith.cases.jobs import kinds
from vendorsmith.cases.named import names
from vendorsmith.cases.operations import operations
from vendorsmith.cases.reading import Source, schema_of
from vendorsmith.cases.requests import requests
from vendorsmith.cases.samples import sampled
from vendorsmith.cases.servers import servers
from vendorsmith.cases.shown import value_examples
from vendorsmith.cases.spellings import moments, spellings


def contract_of(api: ir.Api, package: str, spec: str, lenders: Mapping[str, Json]) -> Contract:
    """The contract of a vendor.

    Args:
        api: the facts of the vendor.
        package: import name of the generated package.
        spec: path of the spec, for messages.
        lenders: the normalised documents of other vendors that declare credentials of this one.

    Raises:
        RecursionError: the schemas refer to one another in a way that cannot be written down.
    """
    source = Source.of(api, lenders)
    documented = tuple(operations(source))
    options = _options(documented)
    available = credentials(source, options)
    schemas = {name: schema_of(node) for name, node in _schemas(source)}
    called = tuple(calls(source, documented, options, available, schemas))
    return Contract(
        vendor=api.vendor,
        spec=spec,
        package=package,
        prefix=api.class_prefix,
        options=options,
        servers=tuple(servers(source)),
        credentials=available,
        operations=documented,
        requests=(*chain(*map(requests, called), *map(moments, called)), *sampled(source, documented, available)),
        spellings=tuple(chain.from_iterable(map(spellings, called))),
        schemas=schemas,
        names=tuple(names(source)),
        values=tuple(value_examples(source)),
        errors=source.root.get("x-errors").value,
        rules=tuple(rule.locator for rule in source.root.get("x-errors").get("rules")),
        kinds=tuple(kinds(source, documented)),
        contradictions=tuple(Contradiction(entry.about, entry.at) for entry in api.contradictions),
    )


def _options(documented: Iterable[Operation]) -> dict[str, Json]:
    """Arguments of the constructor that calls need: the parameters that are given once, made up."""
    names = [item.name for operation in documented for item in operation.arguments if item.client]
    return {name: f"{name.replace('_', '-')}-1" for name in names}


def _schemas(source: Source) -> Iterator[tuple[str, Node]]:
    schemas = source.root.get("components").get("schemas")
    if isinstance(schemas.value, dict):
        for name in schemas.value:
            yield name, schemas.raw(name)
