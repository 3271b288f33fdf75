"""Runs all checks that a document has to pass, and collects their diagnostics."""

from __future__ import annotations

from vendorsmith.diagnostics import Diagnostics
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


def validate(document: Document, diagnostics: Diagnostics, *, reviewed: bool = True) -> None:
    """Check a document against OpenAPI 3.1 as far as it is read here, our extensions, and itself.

    Args:
        document: what to check, in the shape of OpenAPI 3.1 (:func:`~vendorsmith.spec.upgrade.upgrade`).
        diagnostics: takes everything that is found.
        reviewed: whether the document was written to be generated from, rather than published by the vendor: then
            schemas hold no unknown keys, and an example that does not fit is an error.
    """
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
