"""Facts to words: the names, annotations, expressions and docstrings that the templates of a vendor place.

Words are expressions; whatever would be a statement is in a template.
"""

from __future__ import annotations

from dataclasses import dataclass

from vendorsmith.emit import constants, docs, jobs
from vendorsmith.emit.code import Code, call, docstring, literal
from vendorsmith.emit.jobs import JobTypeContext
from vendorsmith.emit.shapes import accessor_class, shaped_properties
from vendorsmith.emit.signatures import arguments, keyword_only, overloads, results
from vendorsmith.emit.types import argument_type
from vendorsmith.ir import SIGNATURE, Api, CombinedAuth, Exchange, Operation, Schema


@dataclass(frozen=True, slots=True)
class Method:
    """A method of both clients, and the constant it hands its arguments to."""

    name: Code
    constant: Code
    operation: Code
    overloads: tuple[Code, ...]
    arguments: Code
    passed: Code
    result: Code
    returns: Code
    run: Code
    docstring: Code
    async_docstring: Code


@dataclass(frozen=True, slots=True)
class CredentialClass:
    """A credential that the vendor's document declares."""

    name: Code
    docstring: Code
    fields: tuple[Code, ...]
    exchange: Code


@dataclass(frozen=True, slots=True)
class CombinedClass:
    """The class that takes several credentials."""

    name: Code
    docstring: Code
    fields: tuple[Code, ...]
    parts: Code
    alternatives: Code


@dataclass(frozen=True, slots=True)
class Reader:
    """The typed readers of one property of several shapes."""

    name: Code
    key: Code


@dataclass(frozen=True, slots=True)
class AccessorClass:
    """The readers of one model."""

    name: Code
    model: Code
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class ClientContext:
    """Everything that the templates of one vendor place."""

    vendor: Code
    package: Code
    prefix: Code
    module_docstring: Code
    package_docstring: Code
    credential_imports: tuple[Code, ...]
    vendor_constant: Code
    constants: tuple[Code, ...]
    options: Code
    async_options: Code
    options_passed: Code
    class_docstring: Code
    async_class_docstring: Code
    exported: tuple[Code, ...]
    runtime_credentials: tuple[Code, ...]
    security_imports: Code
    own_credentials: tuple[CredentialClass, ...]
    combined: tuple[CombinedClass, ...]
    combined_imports: Code
    accessors: tuple[AccessorClass, ...]
    methods: tuple[Method, ...]
    jobs_docstring: Code
    job_types: tuple[JobTypeContext, ...]
    lazy: tuple[Code, ...]


def client_context(api: Api, package: str) -> ClientContext:
    """The words of one vendor's modules.

    Args:
        api: the vendor's facts.
        package: the import name of the generated package.
    """
    declared = {entry.class_name: entry.vendor for entry in api.credentials if entry.vendor}
    declared |= {entry.class_name: api.vendor for entry in api.exchanges}
    plain = tuple(Code(entry.class_name) for entry in api.credentials if not entry.vendor)
    given = _given_classes(api)
    return ClientContext(
        vendor=Code(api.vendor),
        package=Code(package),
        prefix=Code(api.class_prefix),
        module_docstring=docstring(docs.module_lines(api), 0),
        package_docstring=docstring([docs.headline(api)], 0),
        credential_imports=tuple(
            Code(f"from {package}.{vendor}.auth import {name}") for name, vendor in declared.items()
        ),
        vendor_constant=constants.vendor(api, package),
        constants=_constants(api),
        options=_options(api, "Auth"),
        async_options=_options(api, "AsyncAuth"),
        options_passed=_options_passed(api),
        class_docstring=docstring(docs.class_lines(api), 4),
        async_class_docstring=docstring(docs.async_class_lines(api), 4),
        exported=(
            Code(f"{api.class_prefix}Client"),
            Code(f"Async{api.class_prefix}Client"),
            *given,
            *map(Code, declared),
        ),
        runtime_credentials=given,
        security_imports=Code(
            "".join(f"{name}, " for name in [*plain, *{entry.type: "" for entry in api.schemes}, "RequestSigner"])
        ),
        own_credentials=tuple(_credential_class(api, entry) for entry in api.exchanges),
        combined=tuple(_combined_class(api, entry) for entry in (api.combined,) if entry is not None),
        combined_imports=Code("".join(f"{name}, " for name in _combined_imports(api))),
        accessors=tuple(_accessor_class(api, entry) for entry in api.schemas if shaped_properties(api, entry)),
        methods=tuple(_method(api, entry) for entry in api.operations),
        jobs_docstring=docstring(jobs.module_lines(api), 0),
        job_types=jobs.job_type_contexts(api, package),
        lazy=tuple(
            Code(f"{lead}{name}")
            for kind in api.jobs
            for name in (kind.class_name, kind.collection_name)
            for lead in ("", "Async")
        ),
    )


def _constants(api: Api) -> tuple[Code, ...]:
    """The constants beside those of the operations."""
    shared = constants.common_errors(api)
    lead = f"{constants.COMMON_ERRORS}: Mapping[int | str, str | None] = "
    return (Code(lead + literal(shared)),) if shared else ()


def _options(api: Api, auth: str) -> Code:
    """The vendor's own arguments of the constructor; the common ones are in the template."""
    names = [f"{entry.name}: str | None = None" for entry in api.variables]
    for entry in api.client_parameters:
        type_ = argument_type(api, entry.type)
        names.append(f"{entry.name}: {type_}" if entry.client == "required" else f"{entry.name}: {type_} | None = None")
    if api.credentials:
        names.append(f"auth: {_auth(api, auth)} = None")
    return Code("".join(f"{name}, " for name in names))


def _auth(api: Api, alias: str) -> str:
    """The type of `auth`: credentials, or a function of the request where a scheme cannot be made."""
    classes = [entry.class_name for entry in api.credentials if entry.class_name != SIGNATURE]
    kinds = [f"{alias}[{' | '.join(classes)}]"] if classes else []
    kinds += ["RequestSigner"] if len(classes) < len(api.credentials) else []
    return " | ".join(kinds if classes else [*kinds, "None"])


def _given_classes(api: Api) -> tuple[Code, ...]:
    """The runtime's classes that callers make credentials with."""
    plain = [entry.class_name for entry in api.credentials if not entry.vendor and entry.class_name != SIGNATURE]
    fields, parts = (api.combined.fields, api.combined.parts) if api.combined else ((), ())
    found = dict.fromkeys([*plain, *(name for field in fields for name in field.classes)])
    texts = {"ApiKey", "Bearer"} & {*found, *(part.class_name for part in parts)}
    # A token may also be given as the one or the other.
    return tuple(map(Code, [*found, *(["Token"] if texts else [])]))


def _options_passed(api: Api) -> Code:
    passed: list[str] = []
    if api.variables:
        passed.append(f"variables={{{', '.join(f'{literal(entry.name)}: {entry.name}' for entry in api.variables)}}}")
    if api.client_parameters:
        entries = ", ".join(f"{literal(entry.name)}: {entry.name}" for entry in api.client_parameters)
        passed.append(f"parameters={{{entries}}}")
    if api.credentials:
        passed.append("auth=auth")
    return Code("".join(f"{entry}, " for entry in passed))


def _method(api: Api, operation: Operation) -> Method:
    given = list(arguments(api, operation))
    result = " | ".join(dict.fromkeys(results(operation))) or "None"
    return Method(
        name=Code(operation.name),
        constant=Code(operation.constant),
        operation=constants.operation(api, operation),
        overloads=tuple(overloads(api, operation)),
        arguments=keyword_only([text for text, _ in given]),
        passed=Code(", ".join(f"{name}={name}" for _, name in given)),
        result=Code(result),
        returns=Code(f"Response[{result}]" if operation.returns_headers else result),
        run=Code("send" if operation.returns_headers else "_run"),
        docstring=docstring(docs.method_lines(api, operation), 8),
        async_docstring=docstring([docs.summary(operation)], 8),
    )


def _credential_class(api: Api, exchange: Exchange) -> CredentialClass:
    own = constants.is_own(api, exchange)
    fields = [
        f"{field.name}: {'int' if field.type == 'integer' else 'str'}"
        + ("" if field.required else " | None")
        + (" = field(repr=False)" if field.secret and field.required else "")
        + (" = field(default=None, repr=False)" if field.secret and not field.required else "")
        + (" = None" if not field.secret and not field.required else "")
        for field in exchange.fields
    ]
    if not own:
        fields += [
            "base_url: str | None = None",
            *(f"{entry.name}: str | None = None" for entry in api.variables),
        ]
    return CredentialClass(
        name=Code(exchange.class_name),
        docstring=docstring(docs.credential_lines(api, exchange, own_origin=not own), 4),
        fields=tuple(map(Code, fields)),
        exchange=constants.exchange(api, exchange),
    )


def _combined_class(api: Api, combined: CombinedAuth) -> CombinedClass:
    fields: list[Code] = []
    for field in combined.fields:
        type_ = " | ".join(["SecretText" if field.function else "str", *field.classes])
        hidden = "field(repr=False)" if field.required else "field(default=None, repr=False)"
        default = hidden if field.secret else "" if field.required else "None"
        written = f"{field.name}: {type_}{'' if field.required else ' | None'}"
        fields.append(Code(f"{written} = {default}" if default else written))
    parts = ", ".join(
        f"{literal(part.scheme)}: {call('AuthPart', Code(part.class_name), part.fields)}" for part in combined.parts
    )
    return CombinedClass(
        name=Code(combined.class_name),
        docstring=docstring(docs.combined_lines(combined), 4),
        fields=tuple(fields),
        parts=Code("{" + parts + "}"),
        alternatives=literal(combined.alternatives),
    )


def _combined_imports(api: Api) -> list[str]:
    """What the module of the class for several credentials imports."""
    if api.combined is None:
        return []
    classes = [part.class_name for part in api.combined.parts]
    classes += [name for field in api.combined.fields for name in field.classes]
    return [*dict.fromkeys(classes), "AuthPart", "CombinedAuth", "SecretText"]


def _accessor_class(api: Api, schema: Schema) -> AccessorClass:
    readers = tuple(Reader(Code(entry.name), literal(entry.name)) for entry in shaped_properties(api, schema))
    return AccessorClass(Code(accessor_class(schema)), Code(schema.name), readers)
