"""A call as a flow: prepare, authorize, send, parse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .errors import ApiError, AuthenticationError, TransportError
from .expressions import ResponseContext
from .flow import Flow, HttpResponse, Send, Subject
from .operation import Call
from .prepare import Prepared, encoded_call, prepare_call, prepare_request
from .response_parser import Response, operation_parser, parse_any, parse_response
from .retries import Retries
from .session import Session

__all__ = ["Session", "call_flow", "encoded_call", "request_flow"]

T = TypeVar("T")


def call_flow(
    session: Session,
    call: Call[T],
    *,
    retries: int | None = None,
    deadline: float | None = None,
    accepts: Callable[[ResponseContext], bool] | None = None,
    about: Subject | None = None,
    before: int = 0,
) -> Flow[Response[T]]:
    """The flow of one call of an operation.

    Args:
        session: What the client's calls share.
        call: The call.
        retries: How often to repeat at most; the client's own number when None.
        deadline: Time on the monotonic clock by which to end, if that is earlier than the client's own timeout.
        accepts: Tells of a success that its envelope would refuse whether to read it nonetheless.
        about: The job that the call is about.
        before: How often it was sent already.

    Returns:
        The flow; its result is the typed response.

    Raises:
        InvalidArgument: the arguments cannot be sent.
    """
    return _send_flow(
        session,
        prepare_call(session, call),
        retries=retries,
        deadline=deadline,
        accepts=accepts,
        about=about,
        before=before,
    )


def request_flow(
    session: Session,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None,
    json: Any,
    content: bytes | str | None,
    headers: Mapping[str, str] | None,
) -> Flow[Response[bytes]]:
    """The flow of a request to an endpoint that no operation describes. Arguments as of `prepare_request`.

    Returns:
        The flow; its result is the response, whatever its body is.

    Raises:
        InvalidArgument: the request would leave the base URL, or cannot be sent.
    """
    prepared = prepare_request(session, method, path, params=params, json=json, content=content, headers=headers)
    return _send_flow(session, prepared)


def _send_flow(
    session: Session,
    prepared: Prepared[T],
    *,
    retries: int | None = None,
    deadline: float | None = None,
    accepts: Callable[[ResponseContext], bool] | None = None,
    about: Subject | None = None,
    before: int = 0,
) -> Flow[Response[T]]:
    """Authorize, send and parse; renew credentials once after they are refused, and repeat what may be repeated."""
    operation, auth, options = prepared.operation, session.auth, session.options
    end = session.clock.monotonic() + options.timeout
    end = end if deadline is None else min(end, deadline)
    tries = Retries(
        session.clock,
        retries=options.retries if retries is None else retries,
        repeatable=operation.repeatable,
        deadline=end,
        before=before,
    )
    renewed = False
    while True:
        try:
            authorization = yield from auth.authorize(prepared.security, operation.id, end, about_job=about is not None)
        except TransportError as error:
            tries.unsent(error)
            raise
        request = authorization.applied(prepared.request, operation.id, session.clock)
        try:
            response: HttpResponse = yield Send(request, operation.id, end, tries.attempt, about)
            session.contact.reached = True
            result = _parsed(session, prepared, response, accepts)
        except (ApiError, TransportError) as error:
            failure = error
        else:
            auth.accepted(authorization)
            return result
        tries.failed(failure)
        # The class and not the status: a vendor's own error codes may tell a refused credential, or something else.
        if isinstance(failure, AuthenticationError):
            auth.explain(failure, prepared.security)
            auth.refused(authorization, failure)
            if not renewed and auth.discard(authorization):
                renewed = True
                continue
        yield tries.pause(failure)


def _parsed(
    session: Session, prepared: Prepared[T], response: HttpResponse, accepts: Callable[[ResponseContext], bool] | None
) -> Response[T]:
    """The typed response, or the error that it tells."""
    operation = prepared.operation
    parser = operation_parser(
        operation,
        session.vendor,
        zone=session.zone,
        secrets=(*session.auth.secrets(), *prepared.secrets),
        now=session.clock.wall(),
        accepts=accepts,
    )
    if not prepared.described:
        return parse_any(parser, response)
    if session.inspector is not None:
        session.inspector.inspect(operation, response, parser)
    return parse_response(parser, operation, session.vendor, response)
