"""The whole document to the IR of one vendor."""

from __future__ import annotations

from collections.abc import Iterable

from jobclients_core.pointers import join

from vendorsmith import names
from vendorsmith.build import extensions, jobs
from vendorsmith.build.access import access, state_merged
from vendorsmith.build.cursor import Cursor
from vendorsmith.build.normalise import normalise
from vendorsmith.build.operations import OperationBuilder, parameter_node
from vendorsmith.build.schemas import SchemaBuilder
from vendorsmith.build.servers import Servers
from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.ir import Api, Operation, Parameter, ServerVariable
from vendorsmith.spec.source import Document


def build(document: Document, vendor: str, diagnostics: Diagnostics) -> Api:
    """The facts of a validated document.

    Args:
        document: loaded and validated without errors.
        vendor: the module name of the vendor in the generated package.
        diagnostics: takes what only shows here: names that cannot be spelt, names that collide.

    Returns:
        The IR; to be used only when `diagnostics` holds no error.
    """
    normalised = normalise(document)
    root = Cursor(normalised, diagnostics, normalised.data, "")
    info = root.get("info")
    schemas = SchemaBuilder(root)
    schemas.add_components()
    used = access(root, vendor)
    state_merged(root, used.requirements)
    root_envelope = extensions.envelope(root)
    servers = Servers(root)
    operations = OperationBuilder(root, schemas, used.requirements, servers, root_envelope).build()
    variables = servers.variables
    client_parameters = _client_parameters(operations)
    _check_constructor(root, variables, client_parameters)
    runtime = {entry.class_name for entry in used.credentials if not entry.vendor}
    runtime |= {name for field in (used.combined.fields if used.combined else ()) for name in field.classes}
    extensions.check_credentials(root, vendor, runtime, [variable.name for variable in variables])
    prefix = names.pascal(vendor, frozenset())
    return Api(
        vendor=vendor,
        class_prefix=prefix,
        title=info.text("title"),
        version=info.text("version"),
        description=info.text("description"),
        server=servers.url,
        server_path=servers.path,
        variables=variables,
        schemes=used.schemes,
        security=used.requirements.of(root),
        credentials=used.credentials,
        combined=used.combined,
        exchanges=extensions.exchanges(root),
        client_parameters=tuple(parameter for _, parameter in client_parameters),
        operations=operations,
        schemas=tuple(schemas.schemas.values()),
        envelope=root_envelope,
        errors=extensions.errors(root),
        jobs=jobs.job_types(root, operations, prefix, vendor),
        rate_limits=jobs.rate_limits(root, operations),
        known_by_name=extensions.known_by_name(root),
        contradictions=tuple(extensions.contradictions(root.source)),
        openapi=normalised.data,
    )


def _check_constructor(
    root: Cursor, variables: tuple[ServerVariable, ...], parameters: tuple[tuple[Operation, Parameter], ...]
) -> None:
    """Report server variables and client parameters that would be one argument of the client's constructor."""
    taken: dict[str, str] = {}
    for variable in variables:
        place = root.document.key_place(join("/servers/0/variables", variable.wire))
        if variable.name in taken:
            root.diagnostics.add(
                "duplicate-name",
                f"the server variables {quote(taken[variable.name])} and {quote(variable.wire)} would both be the "
                f"argument {variable.name} of the client",
                place,
                "rename one of them, here and in the URL",
            )
        taken[variable.name] = variable.wire
    for operation, parameter in parameters:
        if parameter.name in taken:
            where = root.document.key_place(join("/servers/0/variables", taken[parameter.name]))
            place = parameter_node(root, operation, parameter).place
            root.diagnostics.add(
                "duplicate-name",
                f"the client parameter {quote(parameter.wire)} would be the argument {parameter.name} of the client, "
                f"which the server variable at {where.line_in(place.file)} is already",
                place,
                "give it another name with x-python-name",
            )


def _client_parameters(operations: Iterable[Operation]) -> tuple[tuple[Operation, Parameter], ...]:
    """The parameters that are given once to the client, each with an operation that has it; required where any is."""
    found: dict[str, tuple[Operation, Parameter]] = {}
    for operation in operations:
        for parameter in operation.parameters:
            if parameter.client == "required" or (parameter.client == "optional" and parameter.name not in found):
                found[parameter.name] = operation, parameter
    return tuple(found.values())
