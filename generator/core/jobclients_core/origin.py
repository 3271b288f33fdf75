"""Where requests go: the base URL, its origin, and server templates with their variables.

A secret is bound to one origin. Everything that could change it (user information, other schemes, values of
server variables that break out of their place) is refused here, before anything is sent.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from .errors import InsecureTransportWarning, InvalidArgument

MAX_BASE_URL = 2048
MAX_FOLLOWED = 8192

_WORD = re.compile(r"[A-Za-z0-9._-]+")
_WORD_AND_PORT = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?")
_PREFIX = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")

_FOLLOWED = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*")

_warned: set[str] = set()


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a server's address.

    Args:
        default: The value where none is given; None where there is no usable one.
        description: What it selects.
    """

    default: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A base URL that was checked.

    Args:
        scheme: ``http`` or ``https``.
        authority: Host and, unless it is the scheme's own, port: the value of the ``Host`` header.
        prefix: Path that all requests start with; empty, or with a leading and without a trailing slash.
    """

    scheme: str
    authority: str
    prefix: str

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.prefix


def dot_segment(text: str) -> bool:
    """Whether a server may collapse a path that contains this text to another path.

    Servers differ in how often they decode, whether they take a backslash for a slash, and when they cut path
    parameters off (``..;x``), so every such reading is looked at.

    Args:
        text: Text of a path, encoded or not.

    Returns:
        True when some reading of it has a segment ``.`` or ``..``.
    """
    seen = ""
    while text != seen:
        for piece in re.split(r"[/\\]", text):
            if piece.split(";", 1)[0].strip(" \t\r\n\0") in (".", ".."):
                return True
        seen, text = text, unquote(text)
    return False


def parse_base_url(text: object, *, argument: str = "base_url") -> BaseUrl:
    """Check a base URL.

    Args:
        text: What was given.
        argument: What to call it in errors.

    Returns:
        The parsed URL.

    Raises:
        InvalidArgument: it is not a plain http or https URL; the message says why, and repeats nothing secret.
    """

    def refuse(why: str) -> InvalidArgument:
        return InvalidArgument(f"{argument} {why}", argument=argument)

    if not isinstance(text, str):
        raise refuse("has to be a string")
    if len(text) > MAX_BASE_URL:
        raise refuse(f"is longer than {MAX_BASE_URL} characters")
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise refuse("contains white space, a control character or a backslash")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise refuse("is not a valid URL") from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not text[len(scheme) :].startswith("://"):
        raise refuse("has to start with https:// or http://")
    if "@" in parts.netloc:
        raise refuse("contains a user name or password; give credentials as auth")
    if "?" in text:
        raise refuse("contains a query")
    if "#" in text:
        raise refuse("contains a fragment")
    host = _host(parts, refuse_port=parts.netloc.endswith(":"))
    if host is None:
        raise refuse("has no valid host")
    if port == 0:
        raise refuse("has no valid port")
    prefix = parts.path.rstrip("/")
    if _PREFIX.fullmatch(prefix) is None:
        raise refuse("has a path with characters that are not percent-encoded")
    if "//" in prefix or dot_segment(prefix):
        raise refuse("has a path with empty, '.' or '..' segments")
    return BaseUrl(scheme, _authority(scheme, host, port), prefix)


def _authority(scheme: str, host: str, port: int | None) -> str:
    default = 443 if scheme == "https" else 80
    return host if port in (None, default) else f"{host}:{port}"


def follow(
    base: BaseUrl, url: str, origins: tuple[str, ...] = (), *, operation: str | None = None
) -> tuple[BaseUrl, str]:
    """Check a URL that a vendor answered with, before credentials are sent there.

    Args:
        base: The client's base URL.
        url: An absolute URL; or a path below the base URL.
        origins: Suffixes of hosts that may be called beside the client's own origin.
        operation: What is called, for errors.

    Returns:
        Where the request goes, and its path and query.

    Raises:
        InvalidArgument: the URL is not one to be followed; the message says why, and repeats nothing secret.
    """

    def refuse(why: str) -> InvalidArgument:
        return InvalidArgument(f"the URL {why}; nothing was sent there", operation=operation)

    text = f"{base}{url}" if url.startswith("/") else url
    if len(text) > MAX_FOLLOWED:
        raise refuse(f"is longer than {MAX_FOLLOWED} characters")
    if not is_encoded(text):
        raise refuse("has characters that are not percent-encoded, or a fragment")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise refuse("is not a valid one") from None
    scheme = parts.scheme.lower()
    if scheme != base.scheme or not text[len(scheme) :].startswith("://"):
        raise refuse(f"does not start with {base.scheme}://")
    host = None if "@" in parts.netloc else _host(parts, refuse_port=parts.netloc.endswith(":"))
    if host is None or port == 0:
        raise refuse("has no plain host")
    authority = _authority(scheme, host, port)
    listed = authority == host and any(host == suffix or host.endswith(f".{suffix}") for suffix in origins)
    if authority != base.authority and not listed:
        raise refuse(f"is of another host ({authority[:100]}) than the client's")
    if dot_segment(parts.path):
        raise refuse("has a path with '.' or '..' segments")
    return BaseUrl(scheme, authority, ""), (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def is_encoded(url: str) -> bool:
    """Whether a URL can be sent as it is: all is percent-encoded that has to be, and there is no fragment.

    Args:
        url: The URL, absolute or relative.

    Returns:
        False for one that parsers would have to mend, each in its own way.
    """
    return _FOLLOWED.fullmatch(url) is not None


def query_values(url: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The values of some parameters of a URL's query, as they are sent.

    Args:
        url: The URL.
        names: Names of the parameters.

    Returns:
        Their values.
    """
    pieces = (piece.partition("=") for piece in url.partition("?")[2].split("&"))
    return tuple(value for name, _, value in pieces if value and unquote(name) in names)


def _host(parts: SplitResult, *, refuse_port: bool) -> str | None:
    """The host as it is sent, or None for an invalid one."""
    name = parts.hostname or ""
    if not name or refuse_port:
        return None
    if parts.netloc.startswith("["):
        try:
            address = ipaddress.IPv6Address(name)
        except ValueError:
            return None
        # A zone names an interface of this machine, which no other machine understands.
        return None if address.scope_id else f"[{address}]"
    import httpx2  # not at the top: readers of specs import this module without the HTTP library

    try:
        # Names with other letters are sent in their ASCII form, as DNS knows them.
        name = httpx2.URL(scheme="https", host=name).raw_host.decode("ascii")
    except (httpx2.InvalidURL, ValueError):
        return None
    return name if _HOST.fullmatch(name) and ".." not in name else None


def warn_if_insecure(base: BaseUrl) -> None:
    """Warn once per process about an origin to which credentials travel unprotected.

    Args:
        base: The base URL.
    """
    if base.scheme == "https" or _is_loopback(base) or base.origin in _warned:
        return
    _warned.add(base.origin)
    warnings.warn(
        f"{base.origin} is plain http: credentials and answers can be read and changed on the way",
        InsecureTransportWarning,
        stacklevel=5,  # the caller of the generated client's constructor
    )


def _is_loopback(base: BaseUrl) -> bool:
    host = urlsplit(base.origin).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_variables(template: str, declared: Mapping[str, Variable]) -> list[str]:
    """The variables of a server template that have no default.

    Args:
        template: The template.
        declared: Its variables.

    Returns:
        Their names in the order of the template.
    """
    names = dict.fromkeys(_PLACEHOLDER.findall(template))
    return [name for name in names if name not in declared or declared[name].default is None]


def fill_server(
    template: str,
    declared: Mapping[str, Variable],
    given: Mapping[str, str | None],
    *,
    argument: str = "base_url",
) -> BaseUrl:
    """Make a base URL of a server template.

    Args:
        template: The template.
        declared: Its variables.
        given: Values by variable name; None for "not given".
        argument: The argument that could be given instead.

    Returns:
        The base URL.

    Raises:
        InvalidArgument: a variable without default is missing, or a value could change the origin.
    """
    values: dict[str, str] = {}
    for name in _PLACEHOLDER.findall(template):
        value = given.get(name)
        variable = declared.get(name)
        default = variable.default if variable is not None else None
        if value is None and default is None:
            raise InvalidArgument(f"{argument} or {name} has to be given (the server is {template})", argument=name)
        # A default is the document's, as the template is, and may be several segments of a path.
        values[name] = str(default) if value in (None, default) else _checked_variable(name, value, template)
    return parse_base_url(_PLACEHOLDER.sub(lambda match: values[match[1]], template), argument=argument)


def _checked_variable(name: str, value: object, template: str) -> str:
    if template.startswith(f"{{{name}}}://"):
        if value not in ("https", "http"):
            raise InvalidArgument(f"{name} should be https or http", argument=name)
        return str(value)
    if template.startswith(f"{{{name}}}"):  # it is the whole address, or begins with it
        return str(parse_base_url(value, argument=name))
    ends_authority = re.search(r"\{" + re.escape(name) + r"\}(?:/|$)", template) is not None
    allowed = _WORD_AND_PORT if ends_authority else _WORD
    if not isinstance(value, str) or not allowed.fullmatch(value) or value in (".", ".."):
        raise InvalidArgument(
            f"{name} becomes part of the server's address: letters, digits, '.', '_' and '-' only",
            argument=name,
        )
    return value
