"""What a caller gives as ``auth``: which security schemes it fills, and which functions are asked for it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .errors import InvalidArgument
from .operation import Vendor
from .security import CallerSignature, CallerSigned, CombinedAuth
from .shapes import is_mapping, is_tuple


@dataclass(frozen=True, slots=True)
class Given:
    """A credential and the schemes that it fills.

    Args:
        credential: The credential.
        schemes: Names of schemes.
    """

    credential: Any = field(repr=False)
    schemes: tuple[str, ...]


def accepted(vendor: Vendor) -> str:
    """The classes of credentials of a vendor, for messages."""
    return ", ".join(map(_spoken, vendor.credentials)) or "it takes none"


def fitting(vendor: Vendor, security: Iterable[tuple[str, ...]]) -> str:
    """The classes of credentials that are enough for an operation, for messages.

    Args:
        vendor: The vendor.
        security: The alternatives of scheme names.

    Returns:
        Their names.
    """
    needed = [set(alternative) for alternative in security if alternative]
    kinds = [
        kind
        for kind, names in vendor.credentials.items()
        if any(schemes <= ({names} if isinstance(names, str) else set(names)) for schemes in needed)
    ]
    return " or ".join(map(_spoken, kinds))


def _spoken(kind: type[Any]) -> str:
    return "a function of the request" if kind is CallerSignature else kind.__name__


def provider(vendor: Vendor, source: Any) -> Callable[[], Any] | None:
    """The function that returns the credentials, where such a one is given.

    Args:
        vendor: The vendor.
        source: What was given as ``auth``.

    Returns:
        The function; None where the credentials themselves are given.
    """
    if callable(source) and not isinstance(source, type):
        return None if _signs(vendor, source) else cast("Callable[[], Any]", source)
    several = credentials_in(vendor, source, None) if source is not None else ()
    if not any(_functions(one.credential) for one in several):
        return None

    def made() -> Any:
        values = [_values(one.credential) for one in several]
        waiting = [value for one in values for value in one.values() if inspect.isawaitable(value)]
        return _Waiting(several, values, waiting) if waiting else _filled(several, values)

    return made


def credentials_in(vendor: Vendor, source: Any, operation: str | None) -> tuple[Given, ...]:
    """The credentials that are given, each with the schemes that it fills.

    Args:
        vendor: The vendor.
        source: A credential, several as a tuple, a mapping from names of schemes, or a function of the request.
        operation: What is called, for errors.

    Returns:
        Them, in order.

    Raises:
        InvalidArgument: one is not a credential that the vendor's operations use.
    """
    if is_mapping(source):
        return tuple(_named(vendor, name, credential, operation) for name, credential in source.items())
    found: list[Given] = []
    for credential in source if is_tuple(source) else (source,):
        if isinstance(credential, Given):
            found.append(credential)
        elif isinstance(credential, type):
            raise InvalidArgument(
                f"auth: {credential.__name__} is a class; give an object of it, as {credential.__name__}(...)",
                operation=operation,
                argument="auth",
            )
        elif _signs(vendor, credential):
            found += _checked(vendor, CallerSignature(credential), operation)
        elif isinstance(credential, CombinedAuth) and type(credential) in vendor.credentials:
            found += [Given(one, (scheme,)) for scheme, one in credential.credentials().items()]
        else:
            found += _checked(vendor, credential, operation)
    return tuple(found)


def _checked(vendor: Vendor, credential: Any, operation: str | None) -> list[Given]:
    schemes = vendor.filled_by(credential)
    if not schemes:
        raise InvalidArgument(
            f"auth: {type(credential).__name__} is not a credential of {vendor.name} ({accepted(vendor)})",
            operation=operation,
            argument="auth",
        )
    for name in schemes:
        vendor.schemes[name].check(credential)
    return [Given(credential, schemes)]


def _named(vendor: Vendor, name: Any, credential: Any, operation: str | None) -> Given:
    scheme = vendor.schemes.get(name)
    if scheme is None:
        raise InvalidArgument(
            f"auth: no operation of {vendor.name} takes a scheme of that name ({', '.join(vendor.schemes)})",
            operation=operation,
            argument="auth",
        )
    if not isinstance(credential, scheme.kinds) and name not in vendor.filled_by(credential):
        kind = type(credential).__name__
        raise InvalidArgument(f"auth: {kind} does not fit the scheme {name}", operation=operation, argument="auth")
    scheme.check(credential)
    return Given(credential, (name,))


def _signs(vendor: Vendor, source: Any) -> bool:
    """Whether a function is one of the request, rather than one that returns a credential."""
    if not callable(source) or not any(isinstance(scheme, CallerSigned) for scheme in vendor.schemes.values()):
        return False
    try:
        inspect.signature(source).bind()
    except TypeError:
        return True
    return False


def _functions(credential: Any) -> dict[str, Callable[[], Any]]:
    """The fields of a credential that are functions."""
    if isinstance(credential, CallerSignature):
        return {}
    values = {item.name: getattr(credential, item.name) for item in dataclasses.fields(credential)}
    return {name: value for name, value in values.items() if callable(value)}


def _values(credential: Any) -> dict[str, Any]:
    """What the functions among a credential's fields return, by field."""
    return {name: function() for name, function in _functions(credential).items()}


def _filled(several: Sequence[Given], values: Sequence[Mapping[str, Any]]) -> tuple[Given, ...]:
    """Credentials with values in place of functions."""
    return tuple(
        Given(dataclasses.replace(one.credential, **own), one.schemes) for one, own in zip(several, values, strict=True)
    )


class _Waiting:
    """Credentials of which values have to be awaited.

    Args:
        several: The credentials.
        values: What their functions returned.
        waiting: Those of the values that have to be awaited.
    """

    def __init__(
        self, several: Sequence[Given], values: Sequence[Mapping[str, Any]], waiting: Sequence[Awaitable[Any]]
    ) -> None:
        self._several = several
        self._values = values
        self._waiting = waiting

    def __await__(self) -> Generator[Any, Any, tuple[Given, ...]]:
        ready: list[dict[str, Any]] = []
        for own in self._values:
            ready.append({})
            for name, value in own.items():
                ready[-1][name] = (yield from value.__await__()) if inspect.isawaitable(value) else value
        return _filled(self._several, ready)

    def close(self) -> None:
        """Forget them: nobody awaits them."""
        for value in self._waiting:
            if inspect.iscoroutine(value):
                value.close()
