"""Credentials that another vendor's spec declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vendorsmith import incremental_build
from vendorsmith.diagnostics import SpecError
from vendorsmith.discovery import discover
from vendorsmith.pipeline import generate, read

from .support import completed, operation, write_spec

LOGIN: dict[str, Any] = {
    "description": "A password.",
    "operationId": "log_in",
    "credentials": {"password": {"type": "string", "secret": True, "description": "The password."}},
    "body": {"password": "$credential.password"},
    "token": "$response.body#/token",
}
SCHEMES = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}


def specs(folder: Path, auth: dict[str, Any]) -> Path:
    """A folder with the vendor `gate`, which declares the credential `login`, and `acme` with an `x-auth`."""
    content = {"application/json": {"schema": {"type": "object"}}}
    log_in = operation("log_in") | {"responses": {"200": {"description": "A token.", "content": content}}}
    gate = completed("") | {"paths": {"/login": {"post": log_in}}, "x-auth": {"login": LOGIN}}
    acme = completed("") | {"components": SCHEMES, "security": [{"token": []}], "x-auth": auth}
    write_spec(folder / "gate", gate, "openapi.yaml")
    write_spec(folder / "acme", acme, "openapi.yaml")
    return folder


def test_a_credential_of_another_vendor_is_taken(tmp_path: Path) -> None:
    """Its class is imported from that vendor's module."""
    (acme,) = (
        one
        for one in discover([], specs(tmp_path, {"login": {"vendor": "gate", "into": "token"}}))
        if one.vendor == "acme"
    )
    api, _ = read(acme)

    assert [("Bearer", ""), ("Login", "gate")] == [(entry.class_name, entry.vendor) for entry in api.credentials]


@pytest.mark.parametrize(("name", "vendor"), [("logon", "gate"), ("login", "acme")])
def test_a_credential_that_its_vendor_does_not_declare_is_refused(tmp_path: Path, name: str, vendor: str) -> None:
    """The module would import a class that is not there."""
    folder = specs(tmp_path, {name: {"vendor": vendor, "into": "token"}})
    (acme,) = (target for target in discover([], folder) if target.vendor == "acme")
    with pytest.raises(SpecError) as raised:
        read(acme)

    assert [("unknown-credential", f"/x-auth/{name}/vendor")] == [
        (diagnostic.code, diagnostic.place.pointer if diagnostic.place else "")
        for diagnostic in raised.value.diagnostics
        if diagnostic.severity == "error"
    ]


def test_the_shortcut_looks_at_the_vendor_that_credentials_are_taken_from(tmp_path: Path) -> None:
    """A spec that did not change is read again where what it refers to did, and only there."""
    folder = specs(tmp_path, {"login": {"vendor": "gate", "into": "token"}})

    def keys() -> dict[str, str]:
        return {target.vendor: incremental_build._key(target, "sources") for target in discover([], folder)}

    first = keys()
    (folder / "gate/openapi.yaml").write_text((folder / "gate/openapi.yaml").read_text("utf-8") + "\n", "utf-8")
    second = keys()
    (folder / "acme/openapi.yaml").write_text((folder / "acme/openapi.yaml").read_text("utf-8") + "\n", "utf-8")

    assert {"acme", "gate"} == {vendor for vendor in first if first[vendor] != second[vendor]}
    assert ["acme"] == [vendor for vendor in first if keys()[vendor] != second[vendor]]


def test_a_vendor_with_mistakes_lends_nothing(tmp_path: Path) -> None:
    """Whoever takes a credential of it is told where, and never by a traceback."""
    folder = specs(tmp_path, {"login": {"vendor": "gate", "into": "token"}})
    gate = folder / "gate/openapi.yaml"
    gate.write_text(gate.read_text("utf-8").replace('"operationId": "log_in"', '"parameters": ["oops"]', 1), "utf-8")
    (acme,) = (target for target in discover([], folder) if target.vendor == "acme")
    with pytest.raises(SpecError) as raised:
        generate(acme, "jobclients")

    assert [("broken-vendor", "/x-auth/login/vendor")] == [
        (diagnostic.code, diagnostic.place.pointer if diagnostic.place else "")
        for diagnostic in raised.value.diagnostics
        if diagnostic.severity == "error"
    ]
