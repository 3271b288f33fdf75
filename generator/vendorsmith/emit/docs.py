"""Writes the docstrings of modules, clients, methods and credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from jobclients_core.errors import error_name
from jobclients_core.statuses import example

from vendorsmith.emit import signatures
from vendorsmith.emit.code import sentence
from vendorsmith.emit.constants import is_success
from vendorsmith.emit.sections import Argument, arguments, entries, one_line, paragraphs, returns
from vendorsmith.ir import SIGNATURE, Api, CombinedAuth, Exchange, Operation, Parameter, Response


def headline(api: Api) -> str:
    """One line that says what the module is."""
    return f"{one_line(api.title)}: typed clients, sync and async."


def module_lines(api: Api) -> list[str]:
    """What the vendor's client module is, and what it leaves out."""
    lines = [headline(api)]
    if api.description:
        lines += ["", *paragraphs(api.description)]
    if api.known_by_name:
        names = ", ".join(one_line(entry.name) for entry in api.known_by_name)
        lines += ["", f"Documented by name only, so nothing is here for them: {names}."]
    return lines


def class_lines(api: Api) -> list[str]:
    """What the client is, and its arguments."""
    return [
        f"{one_line(api.title)}, version {one_line(api.version)} of its spec.",
        *entries("Args", _constructor_arguments(api)),
        *entries("Raises", [("InvalidArgument", _INVALID)]),
    ]


_INVALID: Final = "An argument is missing or cannot be used. Methods raise this and other JobClientsErrors only."


def _constructor_arguments(api: Api) -> Iterator[tuple[str, str]]:
    yield "base_url", _base_url(api)
    for variable in api.variables:
        default = f" Default: {one_line(variable.default)}." if variable.default is not None else ""
        yield variable.name, f"{sentence(variable.description) or 'Part of the server URL.'}{default}"
    for entry in api.client_parameters:
        yield entry.name, f"{sentence(entry.description) or 'A parameter of the calls.'} A call may override it."
    if api.credentials:
        yield "auth", _auth(api)
    yield from (
        ("account", "A label for this account in logs; it is never sent."),
        ("timezone", "Of times that the vendor states without a zone; without it they stay naive."),
        ("headers", "Sent with every request."),
        ("http", "Timeout, retries, size cap, proxy, certificates."),
        ("observer", "Called with each request's outcome."),
        ("on_drift", "Called with each way in which a response is not as documented."),
    )


def _base_url(api: Api) -> str:
    """Where requests go."""
    if not api.server:
        return f"The server, which the spec does not name: https://host{one_line(api.server_path)}."
    said = "The server, such as https://host/prefix; without it, made from the spec's server URL."
    own = any(operation.server for operation in api.operations)
    return f"{said} Where given, calls with a server of their own go there as well." if own else said


def _auth(api: Api) -> str:
    """What the client's credentials can be."""
    classes = ", ".join(entry.class_name for entry in api.credentials if entry.class_name != SIGNATURE)
    if any(entry.type == "UndocumentedApiKey" for entry in api.schemes):
        return f"A credential ({classes}) or a callable that returns one; the spec does not say which."
    said: list[str] = []
    if classes:
        said.append(f"A credential ({classes}), or a callable that returns one and is asked again at each renewal.")
    if any(entry.class_name == SIGNATURE for entry in api.credentials):
        said.append("A function that is given each request and returns `request.with_header(name, value)`.")
    return " ".join(said)


def combined_lines(combined: CombinedAuth) -> list[str]:
    """What the class for several credentials takes, and which of its fields belong together."""
    names = {part.scheme: " with ".join(part.fields) for part in combined.parts}
    wanted = " or ".join(" with ".join(names[scheme] for scheme in entry) for entry in combined.alternatives)
    described = [Argument(field.name, field.description, "sent as it is") for field in combined.fields]
    return [f"Several credentials: {wanted}.", *entries("Args", arguments(described))]


def async_class_lines(api: Api) -> list[str]:
    """The async twin: nothing differs but the await."""
    return [f"`{api.class_prefix}Client` for asyncio: the same arguments, methods and errors, awaited."]


def method_lines(api: Api, operation: Operation) -> list[str]:
    """What a call is for, where that is documented, and what it takes, returns and raises."""
    return [
        summary(operation),
        *_details(operation),
        *_source(operation),
        *entries("Args", arguments(operation_arguments(api, operation))),
        *returns(_returned(operation)),
        *entries("Raises", _raised(operation)),
    ]


def summary(operation: Operation) -> str:
    """The first line of a method's docstring."""
    text = sentence(operation.summary or operation.description) or f"{operation.method} {one_line(operation.path)}."
    return f"{one_line(text)} Deprecated by the vendor." if operation.deprecated else one_line(text)


def credential_lines(api: Api, exchange: Exchange, *, own_origin: bool) -> list[str]:
    """What a credential is and what its fields mean."""
    described = [Argument(field.name, field.description, "exchanged for the token") for field in exchange.fields]
    if own_origin:
        server = "The server of the exchange; without it, made from its spec's server URL."
        described.append(Argument("base_url", server, ""))
        for entry in api.variables:
            about = sentence(entry.description) or "Part of the server URL."
            described.append(Argument(entry.name, f"{about} Default: the client's.", ""))
    summary = sentence(exchange.description) or f"Exchanged for a token by `{exchange.operation}`."
    return [one_line(summary), *entries("Args", arguments(described))]


def error_class(status: str) -> str:
    """The exception class that a response of this status raises without a vendor's own rule."""
    return "ApiError" if status in ("4XX", "default") else error_name(example(status, 0), documented=True)


def _details(operation: Operation) -> Iterator[str]:
    text = paragraphs(operation.description)
    if operation.summary and any(text):
        yield ""
        yield from text


def _source(operation: Operation) -> Iterator[str]:
    """The most important place where the call is documented."""
    for evidence in operation.evidence[:1]:
        yield from ("", f"Source: {one_line(evidence.source)} ({evidence.kind}).")


def operation_arguments(api: Api, operation: Operation) -> Iterator[Argument]:
    """What a call takes, in the order of its signature, with what its spec says of each argument."""
    described: dict[str, Argument] = {}
    for entry in operation.arguments:
        where = entry.location if isinstance(entry, Parameter) else "body"
        described[entry.name] = Argument(entry.name, entry.description, _sent(where, entry.name, entry.wire))
        if isinstance(entry, Parameter) and entry.client != "no":
            text = f"{sentence(entry.description)} Without it, the client's own.".lstrip()
            described[entry.name] = Argument(entry.name, text, "")
    body = Argument("body", operation.body.description if operation.body else "", "the body of the request")
    for _, name in signatures.arguments(api, operation):
        yield described.get(name, body)


def _sent(where: str, name: str, wire: str) -> str:
    return f"sent in the {where}" if name == wire else f"sent in the {where} as `{one_line(wire)}`"


def _returned(operation: Operation) -> str:
    """What the documented results are; nothing where no result has a body."""
    results = [entry for entry in operation.responses if is_success(operation, entry) and entry.type is not None]
    told = dict.fromkeys(sentence(entry.description) for entry in results)
    return one_line(" ".join(filter(None, told))) or ("The body of the response." if results else "")


def _raised(operation: Operation) -> Iterator[tuple[str, str]]:
    """Each exception with the responses that it is raised for."""
    if operation.exactly_one_of:
        groups = (" and ".join(_names(operation, group)) for group in operation.exactly_one_of)
        yield "InvalidArgument", f"Not exactly one of {', or of '.join(groups)} is given; nothing was sent."
    classes: dict[str, list[str]] = {}
    for entry in operation.responses:
        if not is_success(operation, entry):
            classes.setdefault(error_class(entry.status), []).append(_failure(entry))
    for name, failures in classes.items():
        yield name, " ".join(failures)
    if operation.envelope:
        yield "Refused", "The body of a response with a 2xx status says that the request was refused."


def _names(operation: Operation, group: Iterable[str]) -> list[str]:
    return [operation.argument_names[wire] for wire in group]


def _failure(response: Response) -> str:
    """What a response that is not a result says, as in "The token is wrong (status 401)."."""
    status = "another status" if response.status == "default" else f"status {response.status}"
    text = one_line(sentence(response.description))
    return f"{text.removesuffix('.')} ({status})." if text else f"Documented as HTTP {status}."
