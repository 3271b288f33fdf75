"""Vendor suites at run time: the verbs of their lines, and the clients that they test.

A generated module lists the lines of one vendor; each is a `Case`. What they share (the document that the package
ships, one server, one client of each kind) belongs to the `Vendor`. A family of lines is a module of this package.
"""

from jobclients_contract.suite.calls import arguments, call, sample, timestamp
from jobclients_contract.suite.case import Case
from jobclients_contract.suite.credentials import client, credential, server
from jobclients_contract.suite.example_response import ABSENT
from jobclients_contract.suite.job_failures import reason
from jobclients_contract.suite.job_handles import adopts, handle
from jobclients_contract.suite.job_lists import keyed, lists
from jobclients_contract.suite.job_statuses import lifecycle
from jobclients_contract.suite.job_submissions import discovery, echoes, missing, runs, submission
from jobclients_contract.suite.job_waits import limits, not_found, pace
from jobclients_contract.suite.models import alias, enumeration, model
from jobclients_contract.suite.refusals import codes, errors, statuses
from jobclients_contract.suite.responses import response
from jobclients_contract.suite.vendor import MODES, Vendor

__all__ = [
    "ABSENT",
    "MODES",
    "Case",
    "Vendor",
    "adopts",
    "alias",
    "arguments",
    "call",
    "client",
    "codes",
    "credential",
    "discovery",
    "echoes",
    "enumeration",
    "errors",
    "handle",
    "keyed",
    "lifecycle",
    "limits",
    "lists",
    "missing",
    "model",
    "not_found",
    "pace",
    "reason",
    "response",
    "runs",
    "sample",
    "server",
    "statuses",
    "submission",
    "timestamp",
]
