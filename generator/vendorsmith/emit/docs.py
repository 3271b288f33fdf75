"""Facts to prose: the docstrings of modules, clients, methods and credentials, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_core.errors import error_name
from jobclients_core.statuses import example

from vendorsmith.emit.code import plain, sentence
from vendorsmith.emit.constants import is_success
from vendorsmith.ir import Api, BodyField, Exchange, Operation, Parameter, Response


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
        lines += ["", f"Documented by name only, so nothing stands here for them: {names}."]
    return lines


def class_lines(api: Api) -> list[str]:
    """What the client is, and its arguments."""
    lines = [f"{one_line(api.title)}, version {one_line(api.version)} of its spec.", "", "Args:"]
    lines.append("    base_url: the server, such as https://host/prefix; without it, made from the spec's server URL.")
    for variable in api.variables:
        default = f" Default: {one_line(variable.default)}." if variable.default is not None else ""
        lines.append(f"    {variable.name}: {_described(variable.description, 'part of the server URL.')}{default}")
    lines += [
        f"    {entry.name}: {_described(entry.description, 'a parameter of the calls.')} A call may override it."
        for entry in api.client_parameters
    ]
    if api.credentials:
        names = ", ".join(credential.class_name for credential in api.credentials)
        lines.append(
            f"    auth: a credential ({names}), or a callable that returns one and is asked again at each renewal."
        )
    return [
        *lines,
        "    account: a label for this account in logs; it is never sent.",
        "    timezone: of times that the vendor states without a zone; without it they stay naive.",
        "    headers: sent with every request.",
        "    http: timeout, retries, size cap, proxy, certificates.",
        "    observer: called with each request's outcome.",
        "    on_drift: called with each way in which an answer is not as documented.",
        "",
        "Raises:",
        "    InvalidArgument: an argument is missing or cannot be used; nothing was sent.",
        "",
        "Each method raises a JobClientsError of some kind and nothing else; it names the documented ones.",
    ]


def async_class_lines(api: Api) -> list[str]:
    """The async twin: nothing differs but the await."""
    return [f"`{api.class_prefix}Client` for asyncio: the same arguments, methods and errors, awaited."]


def method_lines(operation: Operation) -> list[str]:
    """What a call is for, what it takes, returns and raises, and where that is documented."""
    lines = [summary(operation), *_details(operation)]
    arguments = list(_argument_lines(operation))
    if arguments:
        lines += ["", "Args:", *arguments]
    lines += ["", f"Returns: {_returns(operation)}", f"Raises: {_raises(operation)}"]
    if operation.evidence:
        lines.append(f"Source: {one_line(operation.evidence[0].source)} ({operation.evidence[0].kind}).")
    return lines


def summary(operation: Operation) -> str:
    """The first line of a method's docstring."""
    text = sentence(operation.summary or operation.description) or f"{operation.method} {one_line(operation.path)}."
    return f"{text} Deprecated by the vendor." if operation.deprecated else text


def credential_lines(api: Api, exchange: Exchange, *, own_origin: bool) -> list[str]:
    """What a credential is and what its fields mean."""
    lines = [
        sentence(exchange.description) or f"Exchanged for a token by `{exchange.operation}`.",
        "",
        "Args:",
    ]
    lines += [f"    {field.name}: {_described(field.description, 'see the vendor.')}" for field in exchange.fields]
    if own_origin:
        lines.append("    base_url: the server of the exchange; without it, made from its spec's server URL.")
        lines += [
            f"    {entry.name}: {_described(entry.description, 'part of the server URL.')} Default: the client's."
            for entry in api.variables
        ]
    return lines


def one_line(text: str) -> str:
    """Prose on one line."""
    return " ".join(plain(text).split())


def paragraphs(text: str) -> list[str]:
    """Prose as logical lines: a paragraph each, list items kept apart."""
    lines: list[str] = []
    for line in plain(text).split("\n"):
        if lines and line and lines[-1] and not line.startswith(("- ", "* ")):
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
    return lines


def error_class(status: str) -> str:
    """The exception class that an answer of this status raises without a vendor's own rule."""
    return "ApiError" if status in ("4XX", "default") else error_name(example(status, 0), documented=True)


def _details(operation: Operation) -> Iterator[str]:
    text = paragraphs(operation.description)
    if operation.summary and any(text):
        yield ""
        yield from text


def _argument_lines(operation: Operation) -> Iterator[str]:
    entries: list[Parameter | BodyField] = [entry for entry in operation.parameters if entry.client == "no"]
    entries += operation.body.fields if operation.body else ()
    for entry in entries:
        if entry.description:
            yield f"    {entry.name}: {sentence(entry.description)}"
    if operation.body and not operation.body.fields:
        yield f"    body: {_described(operation.body.description, 'the request body.')}"
    of_client = [entry.name for entry in operation.parameters if entry.client != "no"]
    if of_client:
        yield f"    {', '.join(of_client)}: for this call, instead of the client's own."


def _returns(operation: Operation) -> str:
    described = [entry for entry in operation.responses if is_success(operation, entry)]
    text = " ".join(sentence(entry.description) for entry in described if entry.description)
    return text or "nothing."


def _raises(operation: Operation) -> str:
    classes: dict[str, list[str]] = {}
    for entry in operation.responses:
        if not is_success(operation, entry):
            classes.setdefault(error_class(entry.status), []).append(_status_word(entry))
    named = [f"{name} ({', '.join(statuses)})" for name, statuses in classes.items()]
    if operation.envelope:
        named.append("Refused (the answer says no)")
    return f"{', '.join(named)}." if named else "see the client."


def _status_word(response: Response) -> str:
    return response.status if response.status != "default" else "other statuses"


def _described(text: str, otherwise: str) -> str:
    return sentence(text) or otherwise
