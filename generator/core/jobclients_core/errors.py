"""Every exception that a client call can raise, as one tree.

::

    JobClientsError
    ├── InvalidArgument          before sending: an argument, an option or a closed client
    ├── CredentialUnavailable    before sending: the callable given as ``auth`` failed
    ├── TransportError           sending: no complete response arrived
    │   ├── ConnectFailed        nothing was sent
    │   │   ├── NameNotResolved  the host's name was not found
    │   │   └── TlsFailed        the server's certificate or the TLS handshake was refused
    │   ├── Timeout              the deadline of the call passed
    │   ├── ConnectTimedOut      both of the above: no connection came about in time
    │   ├── ConnectionLost       the connection broke, or was closed too early
    │   ├── ProtocolViolation    the response was not HTTP
    │   └── ResponseTooLarge       the response exceeded ``HttpOptions.max_body``
    ├── ApiError                 answered: the vendor said no
    │   ├── BadRequest           400, and other documented 4xx
    │   ├── AuthenticationError  401
    │   ├── PermissionDenied     403
    │   ├── NotFound             404
    │   ├── Conflict             409
    │   ├── RateLimited          429
    │   ├── ServerError          5xx
    │   ├── UnexpectedStatus     a status that the specification does not know
    │   └── Refused              2xx, but the vendor's envelope says no
    ├── DecodeError              answered: the body does not fit the specification
    └── JobError                 about a job: its tree is in ``jobs/errors.py``

The exceptions hold facts and no connections, requests or credentials: they can be pickled, copied and logged.
"""

# ruff: noqa: N818 - the names say what happened; "NotFoundError" would say no more

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from .jobs.job import AsyncJob, Job
    from .jobs.status import JobStatus, Moment

ErrorName = Literal[
    "BadRequest",
    "AuthenticationError",
    "PermissionDenied",
    "NotFound",
    "Conflict",
    "RateLimited",
    "ServerError",
    "UnexpectedStatus",
    "Refused",
]
"""Names of the classes that a specification's error rules may raise."""


_KEPT_HERE = frozenset(("_job", "_response"))


def _rebuild(kind: type[JobClientsError], state: dict[str, Any]) -> JobClientsError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (state.get("message", ""),)
    return error


class JobClientsError(Exception):
    """Root of the tree.

    Args:
        message: What went wrong, without secrets, in bounded length.
        operation: The operation that was called, or None outside of a call.
    """

    transient: bool = False
    """Whether the same call may well succeed a little later."""
    code: str | None = None
    """The vendor's own error code, where there is one."""
    vendor_message: str | None = None
    """The vendor's own words, where there are some."""

    _job: Any = None
    job_status: JobStatus[Any] | None = None
    """The last status of the job that was waited for, or None."""
    history: tuple[Moment, ...] = ()
    """The states of that job as the wait saw them, with the time of each."""

    def __init__(self, message: str, *, operation: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation

    @property
    def job(self) -> Job[Any] | AsyncJob[Any] | None:
        """The handle of the job that it is about, where it is about one; not kept by pickles and copies."""
        found: Job[Any] | AsyncJob[Any] | None = self._job
        return found

    @job.setter
    def job(self, job: object) -> None:
        self._job = job

    def __str__(self) -> str:
        return f"{self.operation}: {self.message}" if self.operation else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # The constructors take keywords, which the default of Exception would lose.
        # A job's handle holds its client, which cannot travel; a whole response is for the runtime alone.
        return _rebuild, (type(self), {key: value for key, value in self.__dict__.items() if key not in _KEPT_HERE})


class InvalidArgument(JobClientsError, ValueError):
    """An argument or option that cannot be sent; nothing was sent.

    Args:
        message: What is wrong with it; the value itself is never repeated.
        operation: The operation, or None for a constructor's argument.
        argument: Name of the argument, where there is one.
        pointer: JSON pointer to the place inside of the argument, where it has an inside.
    """

    def __init__(
        self, message: str, *, operation: str | None = None, argument: str | None = None, pointer: str = ""
    ) -> None:
        super().__init__(message, operation=operation)
        self.argument = argument
        self.pointer = pointer


class CredentialUnavailable(JobClientsError):
    """The callable given as ``auth`` raised, or returned something that is not a credential."""


class TransportError(JobClientsError):
    """No complete response arrived. Whether the vendor acted on the request is unknown.

    Args:
        message: What happened.
        operation: The operation.
        transient: Whether trying again makes sense; the default of the class when None.
    """

    transient = True
    sent: bool = True
    """False where it is certain that nothing of the request was sent."""

    def __init__(self, message: str, *, operation: str | None = None, transient: bool | None = None) -> None:
        super().__init__(message, operation=operation)
        if transient is not None:
            self.transient = transient


class ConnectFailed(TransportError):
    """No connection: name not found, refused, unreachable, or the proxy said no."""

    sent = False


class NameNotResolved(ConnectFailed):
    """The host's name, or that of the proxy, was not found."""


class TlsFailed(ConnectFailed):
    """The TLS handshake failed; trying again will not help."""

    transient = False


class Timeout(TransportError, TimeoutError):
    """The deadline passed before a complete response arrived."""


class ConnectTimedOut(ConnectFailed, Timeout):
    """No connection came about in time; nothing was sent."""


class ConnectionLost(TransportError):
    """The connection broke, or the response ended early."""


class ProtocolViolation(TransportError):
    """What came back was not valid HTTP, or its content coding was broken, or there were several."""


class ResponseTooLarge(TransportError):
    """The decoded answer exceeded the size cap; reading was stopped."""

    transient = False


class ApiError(JobClientsError):
    """The vendor answered, and the response is a failure.

    Args:
        message: The text shown; bounded, without secrets.
        operation: The operation.
        status: HTTP status code.
        code: The vendor's own error code, where the response has one.
        vendor_message: The vendor's own words, bounded, where the response has some.
        request_id: The vendor's identifier of the request, for its support.
        problem: The response's body as the documented type; None where it does not fit it.
        body: The response's body, bounded, with known secrets replaced.
        transient: Whether the same call may well succeed a little later.
        retry_after: Seconds that the vendor asks to wait, where it does.
    """

    _response: Any = None

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: int,
        code: str | None = None,
        vendor_message: str | None = None,
        request_id: str | None = None,
        problem: Any = None,
        body: bytes = b"",
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, operation=operation)
        self.status = status
        self.code = code
        self.vendor_message = vendor_message
        self.request_id = request_id
        self.problem = problem
        self.body = body
        self.transient = transient
        self.retry_after = retry_after


class BadRequest(ApiError):
    """The vendor calls the request wrong (400, and other documented 4xx)."""


class AuthenticationError(ApiError):
    """The credential is missing, wrong or expired (401)."""


class PermissionDenied(ApiError):
    """The credential is good, but not for this (403)."""


class NotFound(ApiError):
    """What was asked for does not exist, or is not visible (404)."""


class Conflict(ApiError):
    """The request does not fit the present state (409)."""


class RateLimited(ApiError):
    """Too many requests (429)."""


class ServerError(ApiError):
    """The vendor failed (5xx)."""


class UnexpectedStatus(ApiError):
    """A status that the specification does not know, redirects included: they are never followed."""


class Refused(ApiError):
    """The status says success, the vendor's envelope in the body says no."""


class DecodeError(JobClientsError):
    """A body that does not fit the specification.

    Args:
        message: What does not fit.
        operation: The operation, or None outside of a call.
        status: HTTP status code, or None outside of a call.
        content_type: The response's content type as it was sent, or None.
        pointer: JSON pointer to the wrong place; empty for the whole body.
        excerpt: First bytes of the body as text, with secrets replaced.
        readable: Whether the body could be read, and is of another shape than documented.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: int | None = None,
        content_type: str | None = None,
        pointer: str = "",
        excerpt: str = "",
        readable: bool = False,
    ) -> None:
        super().__init__(message, operation=operation)
        self.status = status
        self.content_type = content_type
        self.pointer = pointer
        self.excerpt = excerpt
        self.readable = readable

    def __str__(self) -> str:
        facts: list[str] = []
        if self.pointer:
            facts.append(f"at {self.pointer}")
        if self.status is not None:
            facts.append(f"status {self.status}, content type {self.content_type or 'missing'}")
        if self.excerpt:
            facts.append(f"body starts {self.excerpt!r}")
        return super().__str__() + (f" ({'; '.join(facts)})" if facts else "")


class InsecureTransportWarning(UserWarning):
    """Credentials travel over plain http to a host that is not this machine."""


ERROR_CLASSES: dict[str, type[ApiError]] = {
    kind.__name__: kind
    for kind in (
        BadRequest,
        AuthenticationError,
        PermissionDenied,
        NotFound,
        Conflict,
        RateLimited,
        ServerError,
        UnexpectedStatus,
        Refused,
    )
}
"""The classes that error rules may name, by name."""

assert set(ERROR_CLASSES) == set(get_args(ErrorName))

for public in [*globals().values()]:
    if isinstance(public, type) and issubclass(public, (JobClientsError, InsecureTransportWarning)):
        public.__module__ = "jobclients_core"  # what users import them from; tracebacks and pickles say so

_BY_STATUS: dict[int, ErrorName] = {
    400: "BadRequest",
    401: "AuthenticationError",
    403: "PermissionDenied",
    404: "NotFound",
    409: "Conflict",
    429: "RateLimited",
}


def error_name(status: int, *, documented: bool) -> ErrorName:
    """The class that a response's status alone asks for.

    Args:
        status: HTTP status code.
        documented: Whether the specification knows the status.
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 500 <= status < 600:
        return "ServerError"
    return "BadRequest" if documented and 400 <= status < 500 else "UnexpectedStatus"
