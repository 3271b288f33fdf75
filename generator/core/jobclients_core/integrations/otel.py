"""OpenTelemetry: one span for each request. Needs the extra ``otel``.

::

    from jobclients_core.integrations.otel import spans

    client = AcmeClient(..., observer=spans())
"""

from __future__ import annotations

import importlib
import time
from typing import Any, Final

from jobclients_core import __version__
from jobclients_core.observe import Event, Observer

NAME: Final = "jobclients"
"""Name of the instrumentation."""


def spans(provider: Any = None) -> Observer:
    """An observer that makes a span of each request.

    A span is called ``VENDOR.OPERATION`` and carries the method, the status, the attempt, the account's label, and
    where the request is about a job, that job and its state. URLs, bodies and headers are not in it, and so no secrets.
    It is below the span that is current in the calling thread or task.

    Args:
        provider: The ``TracerProvider`` that spans go to; the global one when None.

    Returns:
        What a client takes as ``observer``.

    Raises:
        ImportError: opentelemetry is not installed; the message says how to.
    """
    try:
        # Loaded by name, so that types and lint of this package do not need it either.
        trace: Any = importlib.import_module("opentelemetry.trace")
    except ImportError:
        raise ImportError("OpenTelemetry is not installed; run: pip install 'jobclients-core[otel]'") from None
    tracer = trace.get_tracer(NAME, __version__, provider)

    def observe(event: Event) -> None:
        end = time.time_ns()
        span = tracer.start_span(
            f"{event.vendor}.{event.operation}",
            kind=trace.SpanKind.CLIENT,
            attributes=attributes_of(event),
            start_time=end - int(event.elapsed * 1e9),
        )
        if event.error is not None:
            span.set_status(trace.Status(trace.StatusCode.ERROR, event.error))
        elif event.status is not None and event.status >= 400:
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end(end_time=end)

    return observe


def attributes_of(event: Event) -> dict[str, str | int]:
    """What a span says of a request.

    Args:
        event: The request.

    Returns:
        Attributes; those of HTTP as OpenTelemetry names them, the others below ``jobclients``.
    """
    found: dict[str, str | int] = {
        "jobclients.vendor": event.vendor,
        "jobclients.operation": event.operation,
        "jobclients.account": event.account,
        "http.request.method": event.method,
    }
    if event.status is not None:
        found["http.response.status_code"] = event.status
    if event.attempt > 1:
        found["http.request.resend_count"] = event.attempt - 1
    if event.error is not None:
        found["error.type"] = event.error
    if event.job:
        found["jobclients.job"] = event.job
    if event.state:
        found["jobclients.state"] = event.state
    return found
