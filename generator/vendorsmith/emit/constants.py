"""The constants of a client module as expressions: one per operation, one for the vendor, one per exchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from jobclients_core import operation as operations
from jobclients_core.media_types import JSON, is_asked_for
from jobclients_core.methods import is_idempotent
from jobclients_core.statuses import is_result

from vendorsmith.emit.code import Code, call, literal
from vendorsmith.emit.types import takes_null
from vendorsmith.ir import (
    Api,
    Body,
    Errors,
    Exchange,
    Operation,
    Parameter,
    Response,
    SecurityScheme,
    TypeRef,
)

_CONSTRUCTORS: Final[dict[str, Callable[..., operations.Parameter]]] = {
    "path": operations.Path,
    "query": operations.Query,
    "header": operations.Header,
    "cookie": operations.Cookie,
}


COMMON_ERRORS = "ERRORS"
"""The constant of the error table that most operations share."""


def common_errors(api: Api) -> dict[int | str, str | None]:
    """The error table that several operations share, the most common one; empty where each has its own."""
    tables = Counter(tuple(_raises(documented).items()) for documented in api.operations if documented.responses)
    table, uses = tables.most_common(1)[0] if tables else ((), 0)
    return dict(table) if uses > 1 and len(table) > 1 else {}


def _raises(documented: Operation) -> dict[int | str, str | None]:
    return {_status(entry): error_type(entry) for entry in documented.responses if not is_success(documented, entry)}


def operation(api: Api, documented: Operation) -> Code:
    """The constant of an operation: only what differs from what holds without saying."""
    keywords: dict[str, object] = {"id": documented.name, "method": documented.method, "path": documented.path}
    if documented.parameters:
        keywords["parameters"] = tuple(parameter(api, entry) for entry in documented.parameters)
    if documented.body is not None:
        keywords["body"] = body(api, documented.body)
    if documented.exactly_one_of:
        names = {entry.wire: entry.name for entry in documented.parameters}
        keywords["exactly_one"] = tuple(tuple(names[wire] for wire in group) for group in documented.exactly_one_of)
    keywords["returns"] = {
        _status(entry): returned(entry) for entry in documented.responses if is_success(documented, entry)
    }
    if raises := _raises(documented):
        keywords["raises"] = Code(COMMON_ERRORS) if raises == common_errors(api) else raises
    keywords |= {"security": documented.security} if documented.security != api.security else {}
    if documented.envelope != api.envelope:
        keywords["envelope"] = documented.envelope
    if documented.idempotent != is_idempotent(documented.method):
        keywords["idempotent"] = documented.idempotent
    keywords |= {"accept": accepted} if (accepted := _accepted(documented)) else {}
    keywords |= {"server": documented.server} if documented.server else {}
    return call("Operation", **keywords)


def _accepted(documented: Operation) -> tuple[str, ...]:
    """The documented media types of the results, where one is none of those that the runtime asks for by itself."""
    types = [entry.media_type for entry in documented.responses if is_success(documented, entry)]
    usual = all(map(is_asked_for, types))
    return () if usual else tuple(dict.fromkeys(media_type for media_type in types if media_type))


def is_success(documented: Operation, response: Response) -> bool:
    """Whether a response is a result."""
    return is_result(response.status, (entry.status for entry in documented.responses))


def _status(response: Response) -> int | str:
    return int(response.status) if response.status.isdigit() else response.status


def returned(response: Response) -> object:
    """The model's name, `TEXT` or `BINARY`, or None for a response without a documented body."""
    if response.type is None:
        return None
    if response.type.kind == "ref":
        return response.type.name
    return Code("TEXT" if response.type.kind == "string" else "BINARY")


def error_type(response: Response) -> str | None:
    """The model of an error's body, or None where it is not documented JSON."""
    return response.type.name if response.type is not None and response.type.kind == "ref" else None


def parameter(api: Api, documented: Parameter) -> Code:
    """`Query("page_size", "page-size", type="integer")`."""
    names = [documented.name] if documented.wire == documented.name else [documented.name, documented.wire]
    type_, many = ("json", False) if documented.is_json else value_type(api, documented.type)
    keywords: dict[str, object] = {}
    keywords |= {"type": type_} if type_ != "string" else {}
    keywords |= {"many": True} if many else {}
    keywords |= {"required": True} if documented.required and documented.location != "path" else {}
    keywords |= {"style": documented.style} if documented.style != operations.DEFAULT_STYLE[documented.location] else {}
    exploded = _CONSTRUCTORS[documented.location](documented.name, style=documented.style).explode
    keywords |= {"explode": documented.explode} if documented.explode != exploded else {}
    keywords |= {"allow_reserved": True} if documented.allow_reserved else {}
    keywords |= {"client": True} if documented.client != "no" else {}
    keywords |= {"nullable": True} if documented.type.nullable else {}
    keywords |= {"secret": True} if _is_secret(documented.type) else {}
    keywords |= {"model": documented.type.name} if documented.is_json and documented.type.kind == "ref" else {}
    return call(documented.location.capitalize(), *names, **keywords)


def value_type(api: Api, type_: TypeRef) -> tuple[str, bool]:
    """How the runtime checks and writes a value: its kind or time format, and whether it is a list of such."""
    if type_.kind == "ref":
        schema = next(entry for entry in api.schemas if entry.name == type_.name)
        if schema.type is not None and schema.type.kind != "ref":
            return value_type(api, schema.type)
        return {"enum": "string", "object": "object"}.get(schema.kind, "any"), False
    if type_.kind == "array":
        return value_type(api, type_.items or TypeRef("any"))[0], True
    if type_.kind == "time":
        return type_.time_format, False
    if type_.kind in ("string", "integer", "number", "boolean", "date"):
        return type_.kind, False
    return {"map": "object", "bytes": "string"}.get(type_.kind, "any"), False


def body(api: Api, documented: Body) -> Code:
    """`Body("SubmitRequest", fields=(Field("sql", required=True), ...))`."""
    keywords: dict[str, object] = {}
    if documented.media_type != JSON:
        keywords["media_type"] = documented.media_type
    if not documented.required:
        keywords["required"] = False
    if documented.fields:
        keywords["fields"] = tuple(
            call(
                "Field",
                *([entry.name] if entry.wire == entry.name else [entry.name, entry.wire]),
                **({"required": True} if entry.required else {}),
                **({"nullable": True} if entry.type.nullable else {}),
            )
            for entry in documented.fields
        )
    elif takes_null(api, documented.type):
        keywords["nullable"] = True
    return call("Body", *([documented.type.name] if documented.type.kind == "ref" else []), **keywords)


def vendor(api: Api, package: str) -> Code:
    """The constant that says what holds for the vendor as a whole."""
    keywords: dict[str, object] = {
        "name": api.vendor,
        "title": api.title,
        "version": api.version,
        "product": (package.replace("_", "-"), Code("__version__")),
        "models": f"{package}.{api.vendor}.models",
    }
    keywords |= {"server": api.server} if api.server else {}
    if api.variables:
        keywords["variables"] = _variables(api)
    if api.schemes:
        keywords["schemes"] = {entry.id: scheme(entry) for entry in api.schemes}
        filled = ((entry.class_name, literal(_one_or_all(entry.schemes))) for entry in api.credentials)
        keywords["credentials"] = Code("{" + ", ".join(f"{name}: {schemes}" for name, schemes in filled) + "}")
    keywords |= {"security": api.security} if api.security else {}
    keywords |= {"errors": errors(api.errors)} if api.errors != Errors() else {}
    keywords |= {"envelope": api.envelope} if api.envelope else {}
    keywords |= {"secret_keys": keys} if (keys := _secret_keys(api)) else {}
    return call("Vendor", **keywords)


def _one_or_all(schemes: tuple[str, ...]) -> str | tuple[str, ...]:
    return schemes[0] if len(schemes) == 1 else schemes


def _secret_keys(api: Api) -> tuple[str, ...]:
    """The keys of all properties that the spec calls secret."""
    secret = [entry for schema in api.schemas for entry in schema.properties if _is_secret(entry.type)]
    return tuple(sorted({key for entry in secret for key in (entry.wire, *entry.aliases)}))


def _is_secret(type_: TypeRef) -> bool:
    parts = (*type_.variants, *([type_.items] if type_.items else []))
    return type_.secret or any(map(_is_secret, parts))


def _variables(api: Api) -> dict[str, Code]:
    return {
        entry.name: call("Variable", *([entry.default] if entry.default is not None else [])) for entry in api.variables
    }


def scheme(documented: SecurityScheme) -> Code:
    """The security scheme as the runtime's object."""
    return call(documented.type, *documented.arguments, **dict(documented.options))


def errors(documented: Errors) -> Code:
    """Where the vendor's own code, message and request id are, and what the codes mean."""
    keywords: dict[str, object] = {
        "code": documented.code,
        "message": documented.message,
        "request_id": documented.request_id,
    }
    keywords["rules"] = tuple(
        call(
            "ErrorRule",
            status=rule.status,
            code=rule.code,
            raises=rule.raises,
            **({"transient": rule.transient} if rule.transient is not None else {}),
        )
        for rule in documented.rules
    )
    return call("Errors", **{name: value for name, value in keywords.items() if value})


def exchange(api: Api, documented: Exchange) -> Code:
    """The call that turns a credential into a token."""
    keywords: dict[str, object] = {
        "name": documented.operation,
        "method": documented.method,
        "path": documented.path,
        "body": documented.body,
        "token": documented.token,
    }
    keywords |= {"media_type": documented.media_type} if documented.media_type != JSON else {}
    keywords |= {"expires": documented.expires} if documented.expires else {}
    keywords |= {"expires_in": documented.expires_in} if documented.expires_in else {}
    keywords |= {"lifetime": documented.lifetime} if documented.lifetime is not None else {}
    keywords |= {"envelope": documented.envelope} if documented.envelope else {}
    keywords |= {"errors": errors(api.errors)} if api.errors != Errors() else {}
    if not is_own(api, documented):
        keywords["server"] = api.server
        keywords["variables"] = _variables(api)
    return call("Exchange", **keywords)


def is_own(api: Api, documented: Exchange) -> bool:
    """Whether the exchange serves its own document's clients, so that the token's origin is the client's own."""
    return any(entry.class_name == documented.class_name and entry.vendor == api.vendor for entry in api.credentials)
