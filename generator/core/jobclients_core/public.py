"""The public names of `jobclients_core`.

What is about jobs is loaded on first use, so that a client that only calls does not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .client import AsyncClient, SyncClient
from .drift import Drift, DriftObserver
from .errors import (
    AnswerTooLarge,
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    CredentialUnavailable,
    DecodeError,
    InsecureTransportWarning,
    InvalidArgument,
    JobClientsError,
    NotFound,
    PermissionDenied,
    ProtocolViolation,
    RateLimited,
    Refused,
    ServerError,
    Timeout,
    TlsFailed,
    TransportError,
    UnexpectedStatus,
)
from .expressions import Envelope, ErrorRule, Errors, Extract, First, When
from .http import HttpOptions
from .judge import Response
from .observe import Event, Observer
from .operation import (
    BINARY,
    TEXT,
    UNSET,
    Body,
    Call,
    Cookie,
    Field,
    Header,
    Operation,
    Parameter,
    Path,
    Query,
    Unset,
    Vendor,
)
from .origin import Variable
from .security import (
    AkSk,
    ApiKey,
    AsyncAuth,
    Auth,
    Basic,
    ClientCredentials,
    Exchange,
    ExchangeCredential,
    HttpBasic,
    HttpBearer,
    OAuth2ClientCredentials,
    Signature,
    Token,
)

if TYPE_CHECKING:
    from .connecting import connect as connect
    from .connecting import connect_async as connect_async
    from .connecting import resume
    from .jobs import (
        AmbiguousRun,
        AsyncJob,
        AsyncJobSet,
        Attribution,
        HandleError,
        Job,
        JobCancelled,
        JobError,
        JobExpired,
        JobFailed,
        JobKind,
        JobPaused,
        JobSet,
        JobState,
        JobStatus,
        Moment,
        NotStarted,
        Outcome,
        RunSuperseded,
        SetOptions,
        SubmitUncertain,
        UnknownState,
        WaitTimeout,
        wait_all,
        wait_all_async,
        watch_all,
        watch_all_async,
    )

# Without `connect` and `connect_async`: generated packages take over all of these names, and have such functions of
# their own, whose types know their vendors.
__all__ = [
    "BINARY",
    "TEXT",
    "UNSET",
    "AkSk",
    "AmbiguousRun",
    "AnswerTooLarge",
    "ApiError",
    "ApiKey",
    "AsyncAuth",
    "AsyncClient",
    "AsyncJob",
    "AsyncJobSet",
    "Attribution",
    "Auth",
    "AuthenticationError",
    "BadRequest",
    "Basic",
    "Body",
    "Call",
    "ClientCredentials",
    "Conflict",
    "ConnectFailed",
    "ConnectTimedOut",
    "ConnectionLost",
    "Cookie",
    "CredentialUnavailable",
    "DecodeError",
    "Drift",
    "DriftObserver",
    "Envelope",
    "ErrorRule",
    "Errors",
    "Event",
    "Exchange",
    "ExchangeCredential",
    "Extract",
    "Field",
    "First",
    "HandleError",
    "Header",
    "HttpBasic",
    "HttpBearer",
    "HttpOptions",
    "InsecureTransportWarning",
    "InvalidArgument",
    "Job",
    "JobCancelled",
    "JobClientsError",
    "JobError",
    "JobExpired",
    "JobFailed",
    "JobKind",
    "JobPaused",
    "JobSet",
    "JobState",
    "JobStatus",
    "Moment",
    "NotFound",
    "NotStarted",
    "OAuth2ClientCredentials",
    "Observer",
    "Operation",
    "Outcome",
    "Parameter",
    "Path",
    "PermissionDenied",
    "ProtocolViolation",
    "Query",
    "RateLimited",
    "Refused",
    "Response",
    "RunSuperseded",
    "ServerError",
    "SetOptions",
    "Signature",
    "SubmitUncertain",
    "SyncClient",
    "Timeout",
    "TlsFailed",
    "Token",
    "TransportError",
    "UnexpectedStatus",
    "UnknownState",
    "Unset",
    "Variable",
    "Vendor",
    "WaitTimeout",
    "When",
    "resume",
    "wait_all",
    "wait_all_async",
    "watch_all",
    "watch_all_async",
]


def __getattr__(name: str) -> object:
    """Load what is about jobs on first use."""
    if name in ("connect", "connect_async", "resume"):
        return getattr(import_module(".connecting", __package__), name)
    if name in __all__:
        return getattr(import_module(".jobs", __package__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
