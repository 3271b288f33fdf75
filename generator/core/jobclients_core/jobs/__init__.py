"""Jobs: one interface over every vendor's."""

from jobclients_core.jobparts import (
    Adopt,
    Discover,
    FieldRule,
    Identity,
    NotFound,
    Poll,
    RateLimit,
    Refine,
    Role,
    Select,
    StateRule,
)
from jobclients_core.jobtype import BoundJobType, JobType
from jobclients_core.states import Attribution, JobState

from .collection import AsyncJobs, Jobs
from .errors import (
    AmbiguousRun,
    HandleError,
    JobCancelled,
    JobError,
    JobExpired,
    JobFailed,
    JobPaused,
    NotStarted,
    RunSuperseded,
    SubmitUncertain,
    UnknownState,
    WaitTimeout,
)
from .handle import Handle, read_handle
from .job import (
    AsyncCancels,
    AsyncExplains,
    AsyncHasLogs,
    AsyncHasProgress,
    AsyncHasResult,
    AsyncJob,
    Cancels,
    Explains,
    HasLogs,
    HasProgress,
    HasResult,
    Job,
    restore,
)
from .jobset import AsyncJobSet, JobSet, wait_all, wait_all_async, watch_all, watch_all_async
from .many import Outcome, SetOptions
from .status import JobStatus, Moment

JobKind = BoundJobType
"""What `Job.kind` is."""

__all__ = [
    "Adopt",
    "AmbiguousRun",
    "AsyncCancels",
    "AsyncExplains",
    "AsyncHasLogs",
    "AsyncHasProgress",
    "AsyncHasResult",
    "AsyncJob",
    "AsyncJobSet",
    "AsyncJobs",
    "Attribution",
    "Cancels",
    "Discover",
    "Explains",
    "FieldRule",
    "Handle",
    "HandleError",
    "HasLogs",
    "HasProgress",
    "HasResult",
    "Identity",
    "Job",
    "JobCancelled",
    "JobError",
    "JobExpired",
    "JobFailed",
    "JobKind",
    "JobPaused",
    "JobSet",
    "JobState",
    "JobStatus",
    "JobType",
    "Jobs",
    "Moment",
    "NotFound",
    "NotStarted",
    "Outcome",
    "Poll",
    "RateLimit",
    "Refine",
    "Role",
    "RunSuperseded",
    "Select",
    "SetOptions",
    "StateRule",
    "SubmitUncertain",
    "UnknownState",
    "WaitTimeout",
    "read_handle",
    "restore",
    "wait_all",
    "wait_all_async",
    "watch_all",
    "watch_all_async",
]
