"""Exit codes of commands, and hints about errors."""

from __future__ import annotations

from typing import Any

from jobclients_core.env import variables_of
from jobclients_core.errors import (
    ApiError,
    AuthenticationError,
    CredentialUnavailable,
    DecodeError,
    InvalidArgument,
    JobClientsError,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    Timeout,
    TlsFailed,
    TransportError,
    UnexpectedStatus,
)
from jobclients_core.jobs.errors import (
    AmbiguousRun,
    HandleError,
    JobCancelled,
    JobExpired,
    JobFailed,
    NotSubmitted,
    RecordError,
    RunSuperseded,
    SubmitUncertain,
    WaitTimeout,
)
from jobclients_core.jobs.status import JobStatus
from jobclients_core.states import JobState
from jobclients_core.vendors import load

SUCCEEDED = 0
FAILED = 1
BAD_USE = 2
NOT_ENDED = 3
WARNINGS = 4
CANNOT_TELL = 5
NOT_ASKED = 6
"""Of `auth check`: nobody was asked whether the credentials are good."""

NOT_SUBMITTED = 7
UNCERTAIN = 8
"""The job may run: what became of the submission is not known."""

BROKEN_PIPE = 141
"""As shells have it of a command that SIGPIPE ended."""

_STATES = {
    JobState.SUCCEEDED: SUCCEEDED,
    JobState.SUCCEEDED_WITH_WARNINGS: WARNINGS,
    JobState.FAILED: FAILED,
    JobState.CANCELLED: FAILED,
    JobState.UNKNOWN: CANNOT_TELL,
}
_GRAVITY = (SUCCEEDED, WARNINGS, NOT_ENDED, CANNOT_TELL, BAD_USE, NOT_SUBMITTED, UNCERTAIN, FAILED)


def code_of_status(status: JobStatus[Any]) -> int:
    """The exit code of a status.

    Returns:
        The code; `NOT_ENDED` for a job that goes on.
    """
    return _STATES.get(status.state, NOT_ENDED)


def code_of_error(error: JobClientsError, *, asked_to_act: bool = False) -> int:
    """The exit code of an error.

    Args:
        error: The error.
        asked_to_act: Whether the vendor was asked to do something, so that a refusal is a failure.

    Returns:
        The code.
    """
    if isinstance(error, (JobFailed, JobCancelled)):
        return FAILED
    if isinstance(error, WaitTimeout):
        # Not one response in all that time: that it has not ended is not known either.
        return NOT_ENDED if error.job_status is not None else CANNOT_TELL
    if isinstance(error, NotSubmitted):
        return NOT_SUBMITTED
    if may_run(error):
        return UNCERTAIN
    if isinstance(error, (InvalidArgument, HandleError, RecordError)):
        # No fitting credential is not a mistake in what was typed.
        return CANNOT_TELL if isinstance(error, InvalidArgument) and error.argument == "auth" else BAD_USE
    trouble = (AuthenticationError, PermissionDenied, RateLimited, ServerError, UnexpectedStatus)
    if asked_to_act and isinstance(error, ApiError) and not isinstance(error, trouble):
        return FAILED
    return CANNOT_TELL


def may_run(error: JobClientsError) -> bool:
    """Whether an error leaves open which job a submission started, if any.

    Returns:
        True where the submission may have started one.
    """
    # Of a job that is known, its run alone is in question.
    return isinstance(error, SubmitUncertain) or (isinstance(error, AmbiguousRun) and error.job is None)


def gravest(codes: list[int]) -> int:
    """The exit code of several jobs.

    Args:
        codes: The code of each.

    Returns:
        The gravest.
    """
    return max(codes, key=_GRAVITY.index, default=SUCCEEDED)


def hint_of(error: JobClientsError, vendor: str) -> str:
    """What to do about an error.

    Args:
        error: The error.
        vendor: What the vendor is found by.

    Returns:
        A line; empty where nothing can be said.
    """
    if isinstance(error, InvalidArgument) and vendor:
        variable = variables_of(load(vendor).client).options.get(error.argument or "")
        return f"set {variable}, or give {error.argument}=…" if variable else ""
    if isinstance(error, (AuthenticationError, CredentialUnavailable)):
        return f"`jobclients auth check {vendor}` shows which credentials are used"
    if isinstance(error, PermissionDenied):
        return "the credentials are good, but not for this"
    if isinstance(error, TlsFailed):
        return "is the base URL right? a private certificate authority is named by `verify` in the configuration file"
    if isinstance(error, Timeout):
        return "the vendor did not answer in time"
    if isinstance(error, TransportError):
        return "is the base URL right, and the network up?"
    if isinstance(error, WaitTimeout) and error.job_status is None and error.__cause__ is not None:
        return f"nothing was heard of it at all; the last failure: {error.__cause__}"
    if isinstance(error, RunSuperseded):
        return "a newer run goes by the same name; how this one ended is not known"
    if isinstance(error, (SubmitUncertain, AmbiguousRun)) and may_run(error):
        key, timestamp = (error.key, error.look_again_at) if isinstance(error, SubmitUncertain) else (None, None)
        facts = [f"it carried the key {key}"] if key else []
        facts += [f"a look tells more from {timestamp:%Y-%m-%d %H:%M:%S} UTC on"] if timestamp else []
        facts += [f"it may be {' or '.join(map(str, error.candidates))}"] if error.candidates else []
        return "; ".join(["look at the vendor's before submitting again", *facts])
    if isinstance(error, DecodeError):
        return "the response is none that the specification knows; a login page or a proxy in between?"
    if isinstance(error, NotFound):
        return "check the identifiers, and the client's own parameters"
    return ""


def goes_on(error: JobClientsError) -> bool:
    """Whether it makes sense to wait for the job again.

    Args:
        error: How waiting for it ended.

    Returns:
        False for a job that has ended or is lost.
    """
    if isinstance(error, (JobExpired, RunSuperseded, HandleError, InvalidArgument, NotFound)):
        return False
    return error.job_status is None or not error.job_status.state.terminal


def error_data(error: JobClientsError) -> dict[str, Any]:
    """An error as JSON has it.

    Returns:
        Its type, words and codes.
    """
    return {
        "type": type(error).__name__,
        "message": str(error),
        "operation": error.operation,
        "status": error.status if isinstance(error, ApiError) else None,
        "code": error.code,
        "vendor_message": error.vendor_message,
        "request_id": error.request_id if isinstance(error, ApiError) else None,
        "transient": error.transient,
    }
