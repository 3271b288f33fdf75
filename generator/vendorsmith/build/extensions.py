"""The `x-` extensions to facts: evidence, contradictions, envelopes, error rules, credentials."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator

from jobclients_core.envelopes import Envelope
from jobclients_core.media_types import JSON
from jobclients_core.pointers import join

from vendorsmith import names
from vendorsmith.build.cursor import Cursor
from vendorsmith.diagnostics import quote
from vendorsmith.ir import (
    Contradiction,
    Credential,
    CredentialField,
    ErrorRule,
    Errors,
    Exchange,
    KnownByName,
)
from vendorsmith.ir_base import Evidence
from vendorsmith.spec import envelopes
from vendorsmith.spec.durations import seconds


def evidence(cursor: Cursor) -> tuple[Evidence, ...]:
    """What `x-evidence` or `evidence` on the node lists."""
    source = cursor.source
    key = "x-evidence" if source.has("x-evidence") else "evidence"
    return tuple(
        Evidence(item.text("source"), item.text("kind"), item.text("url"), item.text("note"))
        for item in source.get(key)
    )


def contradictions(cursor: Cursor) -> Iterator[Contradiction]:
    """Every `x-contradictions` of the document, wherever it is, in the document's order."""
    if isinstance(cursor.value, dict):
        for item in cursor.raw("x-contradictions"):
            yield Contradiction(
                item.text("about"), item.text("text"), item.text("sample"), item.text("chosen"), item.locator
            )
        for key in cursor.value:
            if (not key.startswith("x-") or key == "x-jobs") and key not in ("example", "examples"):
                yield from contradictions(cursor.at(cursor.value[key], join(cursor.pointer, key)))
    elif isinstance(cursor.value, list):
        for index, value in enumerate(cursor.value):
            yield from contradictions(cursor.at(value, join(cursor.pointer, index)))


def envelope(cursor: Cursor) -> Envelope | None:
    """What `x-envelope` on the node says; None for `false`."""
    return envelopes.envelope(cursor.get("x-envelope").value)


def errors(cursor: Cursor) -> Errors:
    """What the root's `x-errors` says."""
    said = envelopes.errors(cursor.get("x-errors").value)
    rules = (
        ErrorRule(tuple(map(str, rule.status)), rule.code, rule.raises or "", rule.transient, rule.description)
        for rule in said.rules
    )
    return Errors(said.code, said.message, said.request_id, tuple(rules))


def known_by_name(cursor: Cursor) -> tuple[KnownByName, ...]:
    """What the root's `x-known-by-name` lists."""
    return tuple(
        KnownByName(item.text("name"), item.text("note"), evidence(item)) for item in cursor.get("x-known-by-name")
    )


def exchanged_credentials(cursor: Cursor, vendor: str) -> tuple[Credential, ...]:
    """What `auth` takes beside the credentials of the schemes: those that are exchanged for a token."""
    return tuple(
        Credential(names.pascal(id_, frozenset()), (entry.text("into"),), entry.text("vendor", vendor))
        for id_, entry in cursor.get("x-auth").items()
        if entry.text("into")
    )


def exchanges(cursor: Cursor) -> tuple[Exchange, ...]:
    """The credentials that this document declares, each with the call that exchanges it."""
    declared = cursor.get("x-auth").items()
    return tuple(_exchange(id_, entry, cursor) for id_, entry in declared if not entry.text("vendor"))


def check_credentials(cursor: Cursor, vendor: str, runtime: Iterable[str], variables: Iterable[str]) -> None:
    """Report credentials whose class, and fields whose name, Python or the generated module has taken.

    Args:
        cursor: the document's root.
        vendor: its module name.
        runtime: the classes of the runtime that its module uses.
        variables: the names of the server's variables, which a credential with an origin of its own has as fields.
    """
    prefix = names.pascal(vendor, frozenset())
    own = {f"{prefix}Client", f"Async{prefix}Client", f"{prefix}Auth"}
    taken = dict.fromkeys(names.CREDENTIAL_CLASS_NAMES | set(runtime) | own, "")
    for id_, entry in cursor.get("x-auth").items():
        class_name = names.pascal(id_, frozenset())
        if class_name in taken:
            other = taken[class_name]
            _refuse(entry, f"credential {quote(id_)}", f"the class {class_name}", f"{quote(other)} is" if other else "")
        taken[class_name] = id_
        fields = names.CREDENTIAL_FIELD_NAMES | frozenset(() if entry.text("into") else variables)
        for name, field in entry.get("credentials").items():
            if name in fields or keyword.iskeyword(name):
                _refuse(field, f"credential field {quote(name)}", f"the field {name}", "")


def _refuse(cursor: Cursor, what: str, name: str, other: str) -> None:
    cursor.diagnostics.add(
        "duplicate-name" if other else "name-cannot-be-used",
        f"the {what} would be {name}, which {other or 'Python or the generated module has'} already",
        cursor.document.key_place(cursor.pointer),
        "give it another name",
    )


def _exchange(id_: str, cursor: Cursor, root: Cursor) -> Exchange:
    operation_id = cursor.text("operationId")
    path, method, operation = _find_operation(root, operation_id)
    content = operation.get("requestBody").get("content").value
    lifetime = cursor.text("lifetime")
    return Exchange(
        id=id_,
        class_name=names.pascal(id_, frozenset()),
        description=cursor.text("description"),
        operation=operation_id,
        method=method.upper(),
        path=path,
        media_type=next(iter(content)) if isinstance(content, dict) and content else JSON,
        fields=tuple(
            CredentialField(
                name,
                "integer" if entry.text("type") == "integer" else "string",
                entry.flag("secret"),
                entry.flag("required", default=True),
                entry.text("description"),
            )
            for name, entry in cursor.get("credentials").items()
        ),
        body=cursor.get("body").value,
        token=cursor.text("token"),
        expires=cursor.text("expires"),
        expires_in=cursor.text("expires_in"),
        lifetime=seconds(lifetime),
        envelope=envelope(operation if operation.has("x-envelope") else root),
    )


def _find_operation(root: Cursor, operation_id: str) -> tuple[str, str, Cursor]:
    for path, item in root.get("paths").items():
        for method, operation in item.items():
            if operation.has("operationId") and operation.text("operationId") == operation_id:
                return path, method, operation
    return "", "", root.at(None, root.pointer)
