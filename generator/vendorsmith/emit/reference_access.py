"""The part of the reference page on making a client: server, credentials, arguments, first calls."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from jobclients_core import security

from vendorsmith.emit.code import Code, call, markdown, markdown_code
from vendorsmith.emit.jobs import identity_needed, submit_arguments
from vendorsmith.emit.page import NO, YES, Blocks, Paragraph, Section, codes, listing, paragraphs, table
from vendorsmith.emit.signatures import needed
from vendorsmith.emit.types import argument_type
from vendorsmith.ir import SIGNATURE, Api, Credential, Operation, Parameter, SecurityScheme
from vendorsmith.ir_jobs import JobTypeIr

_ELLIPSIS: Final = Code("...")


@dataclass(frozen=True, slots=True)
class Access:
    """What has to be known before the first call."""

    imported: Code
    client: Code
    calls: tuple[Code, ...]
    jobs: tuple[Code, ...]
    blocks: Blocks


def access(api: Api) -> Access:
    """The words on the client itself."""
    client = f"{api.class_prefix}Client"
    chosen = _needed_credential(api)
    return Access(
        imported=Code(", ".join(sorted({client, *(entry.class_name for entry in chosen)} - {SIGNATURE}))),
        client=call(client, **_constructed(api, chosen)),
        calls=tuple(_call(api, operation) for operation in _first_calls(api)),
        jobs=tuple(handle_expressions(api, kind)[-1] for kind in api.jobs[:1]),
        blocks=(
            *(_WAITING if api.jobs else ()),
            *listing(
                f"`{client}` takes these arguments, and so does `Async{client}`, whose methods are awaited; "
                "what they raise is a `JobClientsError`:",
                (*_arguments(api), *_credentials(api)),
            ),
        ),
    )


def _needed_credential(api: Api) -> tuple[Credential, ...]:
    """A credential for the first call, or for others that need one where it does not; none where none does."""
    ordered = (*_first_calls(api), *api.operations)
    security = next((entry.security for entry in ordered if entry.security and all(entry.security)), ())
    fitting = [entry for entry in api.credentials if any(set(one) <= set(entry.schemes) for one in security)]
    return tuple((fitting or api.credentials)[:1]) if security else ()


def credential_sections(api: Api) -> Iterator[Section]:
    """The credentials that the document declares: what they are made of, and what becomes of them."""
    for exchange in api.exchanges:
        fields = (
            (
                markdown_code(field.name),
                markdown_code("int" if field.type == "integer" else "str"),
                YES if field.required else NO,
                markdown(field.description),
            )
            for field in exchange.fields
        )
        made = Paragraph(Code(f"{markdown_code(exchange.operation)} makes a token of it when one is needed."))
        yield Section(
            markdown_code(exchange.class_name),
            (*paragraphs(exchange.description), made, *table("argument | type | required | what it is", fields)),
        )


_WAITING: Final = (
    Paragraph(
        Code(
            "`wait` returns the status of a job that ended well, with or without warnings, and raises `JobFailed`, "
            "`JobCancelled` or, when the time is up, `WaitTimeout`; `status` looks once."
        )
    ),
)


def handle_expressions(api: Api, job_type: JobTypeIr) -> tuple[Code, ...]:
    """The expressions that make a handle, with the arguments that are needed; the one that submits, if any, is last."""
    made = f"client.{job_type.type.name}"
    by_hand = f"{made}.latest" if job_type.type.latest else made
    calls = [(by_hand, names) for names in identity_needed(job_type)]
    calls += [(f"{made}.submit", names) for names in submit_arguments(api, job_type)]
    return tuple(call(function, **dict.fromkeys(names, _ELLIPSIS)) for function, names in calls)


def _constructed(api: Api, chosen: tuple[Credential, ...]) -> dict[str, object]:
    """The arguments without which no client can be made."""
    server = {} if api.server else {"base_url": _ELLIPSIS}
    variables = {entry.name: _ELLIPSIS for entry in api.variables if entry.default is None}
    parameters = {entry.name: _ELLIPSIS for entry in api.client_parameters if _is_needed(entry)}
    auth = [("auth", _credential_made(api, entry)) for entry in chosen]
    return {**server, **variables, **parameters, **dict(auth)}


def _is_needed(entry: Parameter) -> bool:
    """Whether calls cannot do without a parameter of the client, be it that they are given it themselves."""
    return entry.required or entry.client == "required"


def _first_calls(api: Api) -> list[Operation]:
    """A call that changes nothing, best the one that tells of a job; else the first of the document."""
    of_jobs = [kind.type.status.operation for kind in api.jobs]
    ranked = sorted(api.operations, key=lambda entry: (entry.name not in of_jobs, entry.method != "GET"))
    return ranked[:1]


def _call(api: Api, operation: Operation) -> Code:
    return call(f"client.{operation.name}", **dict.fromkeys(needed(api, operation), _ELLIPSIS))


def _credential_made(api: Api, credential: Credential) -> Code:
    if credential.class_name == SIGNATURE:
        return _ELLIPSIS
    if _is_borrowed(api, credential):
        return call(credential.class_name, _ELLIPSIS)
    return call(credential.class_name, **dict.fromkeys(_fields(api, credential), _ELLIPSIS))


def _is_borrowed(api: Api, credential: Credential) -> bool:
    """Whether another vendor's document declares it, so that its arguments are not known here."""
    return credential.vendor not in ("", api.vendor)


def _fields(api: Api, credential: Credential) -> list[str]:
    """The arguments that a credential needs."""
    if not credential.vendor:
        parameters = inspect.signature(getattr(security, credential.class_name)).parameters.values()
        needed = [entry.name for entry in parameters if entry.default is inspect.Parameter.empty]
        places = any(entry.type == "UndocumentedApiKey" for entry in api.schemes if entry.id in credential.schemes)
        return [*needed, "header"] if places else needed
    if api.combined and api.combined.class_name == credential.class_name:
        return [field.name for field in api.combined.fields if field.required]
    own = [entry for entry in api.exchanges if entry.class_name == credential.class_name]
    return [field.name for entry in own for field in entry.fields if field.required]


def _credentials(api: Api) -> Iterator[Code]:
    for credential in api.credentials:
        sent = " with ".join(_sent(entry) for entry in api.schemes if entry.id in credential.schemes)
        made = [entry.operation for entry in api.exchanges if entry.class_name == credential.class_name]
        origin = f"; the token comes from {codes(made)}" if made else ""
        if _is_borrowed(api, credential):
            place = f"{credential.vendor}.md#{credential.class_name.lower()}"
            origin = f"; the token comes from [{credential.vendor}]({place})"
        made_by = "a function of the request" if credential.class_name == SIGNATURE else ""
        made_by = made_by or markdown_code(f"auth={_credential_made(api, credential)}")
        yield Code(f"{made_by}: {sent}{origin}")


def _sent(scheme: SecurityScheme) -> Code:
    """How requests carry it, in the words of the runtime's class, with the arguments that the spec gives."""
    summary = (inspect.getdoc(getattr(security, scheme.type)) or "").partition("\n")[0].rstrip(".")
    sent = (summary[:1].lower() + summary[1:]).replace("``", "`")
    given = codes(scheme.arguments)
    return Code(f"{sent}: {given}" if given else sent)


def _arguments(api: Api) -> Iterator[Code]:
    prefix = f", whose path is {markdown_code(api.server_path)}" if api.server_path else ""
    required = f"the server (required){prefix}"
    server = f"the server, where it is not {markdown_code(api.server)}" if api.server else required
    yield Code(f"{markdown_code('base_url')}: {server}")
    for variable in api.variables:
        default = "required" if variable.default is None else f"default {markdown_code(variable.default)}"
        yield Code(f"{markdown_code(variable.name)} ({default}): {markdown(variable.description)}")
    for entry in api.client_parameters:
        type_ = markdown_code(argument_type(api, entry.type))
        needed = ", required" if entry.client == "required" else ", here or in each call" if entry.required else ""
        yield Code(f"{markdown_code(entry.name)} ({type_}{needed}): {markdown(entry.description)}")
