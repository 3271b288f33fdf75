"""What a caller gives as ``auth``: which security schemes it fills, and which functions are asked for it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .errors import InvalidArgument
from .operation import Vendor
from .security import CallerSignature, CallerSigned, CombinedAuth
from .type_guards import is_mapping, is_tuple


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
    names = ["a function of the request" if kind is CallerSignature else kind.__name__ for kind in vendor.credentials]
    return ", ".join(names) or "it takes none"


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
        called = [_called(one.credential) for one in several]
        if any(inspect.isawaitable(credential) for credential in called):
            return _awaited(several, called)
        return _again(several, called)

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


def _called(credential: Any) -> Any:
    """A credential with what its functions return; something to await where they are coroutine functions."""
    values = {name: function() for name, function in _functions(credential).items()}
    if any(inspect.isawaitable(value) for value in values.values()):
        return _filled(credential, values)
    return dataclasses.replace(credential, **values)


async def _filled(credential: Any, values: dict[str, Any]) -> Any:
    ready = {name: await value if inspect.isawaitable(value) else value for name, value in values.items()}
    return dataclasses.replace(credential, **ready)


async def _awaited(several: Sequence[Given], called: Sequence[Any | Awaitable[Any]]) -> Any:
    return _again(several, [await one if inspect.isawaitable(one) else one for one in called])


def _again(several: Sequence[Given], credentials: Sequence[Any]) -> tuple[Given, ...]:
    return tuple(Given(new, old.schemes) for new, old in zip(credentials, several, strict=True))
