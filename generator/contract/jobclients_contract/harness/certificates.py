"""TLS certificates of the test servers, from a test authority that nothing else trusts.

An authority, and two certificates that it signed: one for ``localhost`` and 127.0.0.1, one for ``vendor.example``, both
with the key below and valid from 2020 to 2119. Nobody but these checks trusts the authority, and its own key was thrown
away, so that the key below is not a secret: with it nobody can pass for anyone.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

AUTHORITY: Final = """\
-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIBATAKBggqhkjOPQQDAjAqMSgwJgYDVQQDDB9BdXRob3Jp
dHkgb2YgdGhlIGNvbnRyYWN0IHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkx
MjMxMjM1OTU5WjAqMSgwJgYDVQQDDB9BdXRob3JpdHkgb2YgdGhlIGNvbnRyYWN0
IHRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOXszUS1HLfRPiLxvLzna
ftf+Oj6yKK0R2jmgGXfYhGMpC8Ofo6m4QvghIBdEegXaF3WLC0u4h1FW8qH/vXrn
jKNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYE
FFQvSI6SaERaROJegtlgJHi7XnsXMAoGCCqGSM49BAMCA0kAMEYCIQDoBdXDp6no
K6Q93hUK8ssYtXo6GHV1DWCnT6sYM3myXQIhAIRIUa1+UbpJvyrLhqQt7jA8sCi7
dFG3xH++5FD038qS
-----END CERTIFICATE-----
"""
"""Who signed the others."""

OF_THIS_MACHINE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBrDCCAVGgAwIBAgIBAjAKBggqhkjOPQQDAjAqMSgwJgYDVQQDDB9BdXRob3Jp
dHkgb2YgdGhlIGNvbnRyYWN0IHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkx
MjMxMjM1OTU5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAAR1O8HwaDLIusoY8DNhQUIPL2ueP0tKR5H8dIf4oEp2nVHkRbRK
HpQRF1UNny/9/NSNUSrg8azXUPbfM3LSZOXLo3wwejAMBgNVHRMBAf8EAjAAMA4G
A1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUe5tg0+Jr+6/dxe7Lsx64tzGK9G8wHwYD
VR0jBBgwFoAUVC9IjpJoRFpE4l6C2WAkeLteexcwGgYDVR0RBBMwEYIJbG9jYWxo
b3N0hwR/AAABMAoGCCqGSM49BAMCA0kAMEYCIQDz+wAaDmlCgHQCe3GzLBocOSjF
JLffEkktuvHVznScwwIhAPjI1He+B6oTe7qYxDO/YH87080rMctTjxAKfGR8tqGj
-----END CERTIFICATE-----
"""
"""For ``localhost`` and 127.0.0.1."""

OF_ANOTHER: Final = """\
-----BEGIN CERTIFICATE-----
MIIBsDCCAVWgAwIBAgIBAzAKBggqhkjOPQQDAjAqMSgwJgYDVQQDDB9BdXRob3Jp
dHkgb2YgdGhlIGNvbnRyYWN0IHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkx
MjMxMjM1OTU5WjAZMRcwFQYDVQQDDA52ZW5kb3IuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHU7wfBoMsi6yhjwM2FBQg8va54/S0pHkfx0h/igSnad
UeRFtEoelBEXVQ2fL/381I1RKuDxrNdQ9t8zctJk5cujezB5MAwGA1UdEwEB/wQC
MAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBR7m2DT4mv7r93F7suzHri3MYr0
bzAfBgNVHSMEGDAWgBRUL0iOkmhEWkTiXoLZYCR4u157FzAZBgNVHREEEjAQgg52
ZW5kb3IuZXhhbXBsZTAKBggqhkjOPQQDAgNJADBGAiEAjWPpUCt1YpkJUNV3dykK
CnETymgVrKcOJO9iEKMmCD0CIQCHANTtb49pHUKT3TOlxbcA+G7SlKQKV+sj5GmE
SM4E/Q==
-----END CERTIFICATE-----
"""
"""For ``vendor.example``."""

_KEY: Final = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkubjgoSeHlie02un
aMo/8yE0pmxuxHsbmG4cVrN4FGuhRANCAAR1O8HwaDLIusoY8DNhQUIPL2ueP0tK
R5H8dIf4oEp2nVHkRbRKHpQRF1UNny/9/NSNUSrg8azXUPbfM3LSZOXL
-----END PRIVATE KEY-----
"""


@contextmanager
def kept(text: str) -> Generator[str]:
    """A file with a text, for the time of the block; certificates and keys are read from files only.

    Args:
        text: what is in it.

    Yields:
        Its path.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_text(text, encoding="ascii")
        yield str(path)


@cache
def showing(certificate: str) -> ssl.SSLContext:
    """What a server shows to its clients.

    Args:
        certificate: `OF_THIS_MACHINE` or `OF_ANOTHER`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with kept(certificate + _KEY) as path:
        context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """What a client trusts that knows the authority, and no other."""
    return ssl.create_default_context(cadata=AUTHORITY)
