"""The vendors of `jobclients_core.testing` as real HTTP servers on this machine.

::

    from vendorsmith.mock import serving

    with serving("alation", lifecycle="running,successful") as mock:
        client = AlationClient(base_url=mock.url, auth=Token("any"))
        mock.vendor.fail("reset@2")
"""

from vendorsmith.mock.serving import Mock, serving

__all__ = ["Mock", "serving"]
