"""Puts the test cases of a vendor suite in order.

A family of lines is a module that takes `SuiteContext` and yields lines; this one says where each is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jobclients_contract.schema_model.document import Operation
from jobclients_contract.schema_model.values import Json

from vendorsmith import ir
from vendorsmith.suite_line import Line, Section
from vendorsmith.testcases.call_lines import arguments_line, call_lines, refused_line
from vendorsmith.testcases.client_lines import client_lines, credential_lines
from vendorsmith.testcases.context import SuiteContext
from vendorsmith.testcases.credentials import credentials
from vendorsmith.testcases.job_lines import job_sections
from vendorsmith.testcases.model_lines import model_lines
from vendorsmith.testcases.response_lines import error_lines, response_lines
from vendorsmith.testcases.servers import servers


def sections(api: ir.Api, providers: Mapping[str, Json]) -> Iterator[Section]:
    """The lines of a vendor's suite, under titles.

    Args:
        api: the facts of the vendor.
        providers: the normalised documents of other vendors that declare credentials of this one.

    Raises:
        RecursionError: the schemas refer to one another in a way that cannot be written down.
    """
    assert isinstance(api.openapi, dict)
    variables = {variable.wire: variable.name for variable in api.variables}
    context = SuiteContext(api, credentials(api.openapi, providers, SuiteContext(api, ()).options))
    operations = context.document.operations.values()
    callable_ = any(map(context.authorized, operations))
    called_at = servers(api.openapi, variables) if callable_ else ()
    yield Section("The client", (*client_lines(context, called_at), *credential_lines(context)))
    yield Section("Errors", tuple(error_lines(context) if callable_ else ()))
    for operation in operations:
        title = f"{context.method(operation)}: {operation.http} {operation.path}"
        yield Section(title, (arguments_line(context, operation), *_called(context, operation)))
    yield from job_sections(context)
    yield Section("Models", tuple(model_lines(context)))


def _called(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    if context.authorized(operation):
        yield from call_lines(context, operation)
        yield from response_lines(context, operation)
    else:
        yield refused_line(context, operation)
