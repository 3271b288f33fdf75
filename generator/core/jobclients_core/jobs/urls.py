"""Jobs that are identified by a URL from the vendor's response, or by a name that is part of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin

from jobclients_core.calls import Session
from jobclients_core.errors import InvalidArgument
from jobclients_core.expressions import ABSENT, ResponseContext, evaluate, parse
from jobclients_core.hiding import MASK
from jobclients_core.jobparts import Identity
from jobclients_core.jobtype import BoundJobType, OperationBinding
from jobclients_core.operation import FollowedUrl
from jobclients_core.origin import dot_segment, follow, is_encoded, query_values

from .errors import JobError

_RAW = "/:@!$&'()*+,;=~"
"""Characters of a name that stay as they are within a path."""


class SecretUrl(str):
    """A URL with a credential in its query, which its text leaves out: whoever prints or dumps it shows none."""

    __slots__ = ("raw",)
    raw: str
    """The URL with everything in it."""

    @classmethod
    def of(cls, url: str, names: tuple[str, ...]) -> str:
        """A URL, as a secret one where it has such a parameter.

        Args:
            url: The URL.
            names: Names of query parameters that are credentials.

        Returns:
            The URL.
        """
        values = query_values(url, names)
        if not values:
            return url
        shown = url
        for value in values:
            shown = shown.replace(value, MASK)
        made = cls(shown)
        made.raw = url
        return made


def raw(value: str | int) -> str:
    """A value of an identity with everything in it.

    Returns:
        Its text.
    """
    return value.raw if isinstance(value, SecretUrl) else str(value)


def absolute(session: Session, part: Identity, value: object, request: str) -> str:
    """A URL that a vendor answered with, complete and checked.

    Args:
        session: The client's session.
        part: The part of the identity that it is for.
        value: What was answered, or given.
        request: The URL of the request that it is a response to, to which a relative one is relative.

    Returns:
        The URL.

    Raises:
        InvalidArgument: it is not one to be followed.
    """
    text = raw(value).strip() if isinstance(value, str) else ""
    if not text or dot_segment(text.partition("?")[0]):
        raise InvalidArgument("the URL is empty, or has '.' or '..' segments", argument=part.name)
    if not is_encoded(text):
        # Before it is joined, which drops line breaks and empty fragments: what is left may be the request's own URL.
        raise InvalidArgument("the URL has characters that are not percent-encoded, or a fragment", argument=part.name)
    try:
        joined = urljoin(request, text)
    except ValueError:
        raise InvalidArgument("the URL is not a valid one", argument=part.name) from None
    base, target = follow(session.base, joined, part.origins)
    return SecretUrl.of(base.origin + target, part.secret)


def followed(binding: OperationBinding, identity: Mapping[str, Any]) -> FollowedUrl | None:
    """What the call of a role goes to in place of its operation's path.

    Args:
        binding: The role.
        identity: What identifies the job.

    Returns:
        It; None for a role that is called at its own path.
    """
    part = binding.part
    if part is None:
        return None
    value = raw(identity.get(part.name, ""))
    filled = value if part.type == "url" else quote(value, safe=_RAW)
    return FollowedUrl(binding.url.replace(f"$job.{part.name}", filled), part.origins, part.secret)


def moved(
    session: Session, job_type: BoundJobType[Any], identity: Mapping[str, str | int], context: ResponseContext
) -> Mapping[str, str | int]:
    """Where a job is asked about from now on.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        identity: What identifies the job.
        context: The context of the response to the status.

    Returns:
        The same; with another URL where the response says one.

    Raises:
        JobError: the response names a URL that is not followed.
    """
    for part in job_type.identity:
        here = identity.get(part.name)
        places = [source for source in part.source if (place := parse(source)) and place.root == "response"]
        found = (value for source in places if (value := evaluate(source, context)) is not ABSENT and value)
        there = next(found, None) if part.moves and here is not None else None
        if here is None or there is None:
            continue
        try:
            identity = {**identity, part.name: absolute(session, part, there, raw(here))}
        except InvalidArgument as error:
            raise JobError(
                f"the vendor moved the job: {error.message}", operation=job_type.status.operation.id
            ) from error
    return identity
