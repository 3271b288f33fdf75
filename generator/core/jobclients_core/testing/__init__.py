"""Fake vendors in this process, for tests of code that uses the clients: no network, and no waiting.

They need what the extra ``testing`` brings: ``pip install 'jobclients-core[testing]'``.

::

    from jobclients.alation import AlationClient, Token
    from jobclients_core.testing import vendor

    fake = vendor("alation", lifecycle="running,successful")
    with AlationClient(base_url="https://acme.test", auth=Token("any"), http=fake.http) as alation:
        assert alation.jobs(id=1).wait().state == "succeeded"

A request may choose for itself: the header ``X-Mock-Fault: 503`` lets it go wrong, ``X-Mock-Lifecycle:
running,failed`` says what the job goes through that it starts or asks about (one that goes through something else
begins anew), ``X-Mock-Example: running`` has it answered with a documented example. ``jobclients_core.testing.admin``
lists what a test in another process may ask for below ``/_mock``.

With pytest, the fixtures ``fake_clock`` and ``fake_vendor`` are there by themselves.
"""

from .clock import FakeClock
from .faults import Fault, FaultError
from .jobs import FakeJob
from .lifecycle import LifecycleError
from .replies import Reply
from .routes import Request
from .transport import VendorTransport
from .vendor import FakeVendor, Seen, vendor

__all__ = [
    "FakeClock",
    "FakeJob",
    "FakeVendor",
    "Fault",
    "FaultError",
    "LifecycleError",
    "Reply",
    "Request",
    "Seen",
    "VendorTransport",
    "vendor",
]
