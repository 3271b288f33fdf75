"""Runs all checks that a document has to pass, and collects their diagnostics."""

from __future__ import annotations

import re
from typing import Final

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.spec.check import Check
from vendorsmith.spec.examples import check_examples
from vendorsmith.spec.expressions import check_expressions
from vendorsmith.spec.jobs import check_jobs
from vendorsmith.spec.operations import check_operations, check_parameter_objects
from vendorsmith.spec.refs import check_refs
from vendorsmith.spec.samples import check_request_samples
from vendorsmith.spec.schemacheck import check_schemas
from vendorsmith.spec.security import check_security
from vendorsmith.spec.source import Document
from vendorsmith.spec.structure import check_structure

_VERSION: Final = re.compile(r"3\.1\.(?:0|[1-9][0-9]*)(?:-.+)?")


def validate(document: Document, diagnostics: Diagnostics, *, reviewed: bool = True) -> None:
    """Check a document against OpenAPI 3.1 as far as it is read here, our extensions, and itself.

    Args:
        document: what to check.
        diagnostics: takes everything that is found.
        reviewed: whether the document was written to be generated from, rather than published by the vendor: then
            schemas hold no unknown keys, and an example that does not fit is an error.
    """
    if not _check_version(document, diagnostics):
        return
    check = Check(document, diagnostics, reviewed=reviewed)
    sound = check_structure(check)
    sound &= check_refs(document, diagnostics, check.node_kinds)
    check_operations(check)
    check_parameter_objects(check)
    check_request_samples(check)
    check_security(check)
    check_schemas(check)
    check_expressions(check)
    check_jobs(check)
    _check_envelopes(check)
    _check_expectations(check)
    if sound:
        # A schema that is not a schema, or refers to nothing, has no opinion about examples.
        check_examples(check)


def _check_envelopes(check: Check) -> None:
    if "x-envelope" in check.document.data or any("x-envelope" in operation for _, operation, _ in check.operations()):
        from vendorsmith.spec.envelopes import check_envelopes  # it reads examples with the runtime, which takes long

        check_envelopes(check)


def _check_expectations(check: Check) -> None:
    if any("x-expect" in visit.node for visit in check.node_kinds.of("example")):
        from vendorsmith.spec.expectations import check_expectations  # as above

        check_expectations(check)


def _check_version(document: Document, diagnostics: Diagnostics) -> bool:
    """Report a version that is not read here; return whether the rest is worth looking at."""
    data = document.data
    if "swagger" in data:
        message = "this is a Swagger 2.0 document; OpenAPI 3.1 is read here"
        place = document.key_place("/swagger")
        diagnostics.add("unsupported-version", message, place, "convert it to OpenAPI 3.1 first")
        return False
    if "openapi" not in data:
        message = 'the key "openapi" is missing, so this is not an OpenAPI document'
        diagnostics.add("missing-version", message, document.place(""), "a spec begins with: openapi: 3.1.0")
        return "paths" in data or "info" in data
    version = data["openapi"]
    place = document.place("/openapi")
    if not isinstance(version, str):
        if version == 3.1:
            diagnostics.add("bad-version", '"openapi" is the number 3.1', place, "write all three parts: 3.1.0")
            return True
        diagnostics.add("bad-version", '"openapi" must be the text of a version', place, "write: openapi: 3.1.0")
        return False
    if _VERSION.fullmatch(version):
        return True
    hint = "write all three parts: 3.1.0"
    message = f"{quote(version)} is not a version of OpenAPI that is read here"
    if version.startswith("3.0"):
        message = f"this is OpenAPI {version[:20]}; 3.1 is read here"
        hint = "convert it first: nullable becomes a type 'null', exclusiveMinimum a number, example examples"
    elif re.match(r"3\.([2-9]|1[0-9])|[4-9]", version):
        message = f"OpenAPI {version[:20]} is newer than what is read here, 3.1"
        hint = "write 3.1.0 if nothing newer is used"
    diagnostics.add("unsupported-version", message, place, hint)
    return version == "3.1"
