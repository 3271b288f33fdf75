"""Arguments for the constructor of a client in a test: base URL, credential and parameters, all made up."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from jobclients_core.env import variables_of
from jobclients_core.http import HttpOptions
from jobclients_core.openapi import openapi_of
from jobclients_core.security import (
    CallerSignature,
    CombinedAuth,
    ExchangeCredential,
    Password,
    RefreshToken,
    SecretValue,
)
from jobclients_core.vendors import Known

from . import identifiers
from .samples import Shape


def options(known: Known, kind: type[Any], http: HttpOptions, zone: tzinfo, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a client's constructor.

    Args:
        known: The vendor.
        kind: The client's class.
        http: Options that lead to the vendor.
        zone: The vendor's clock.
        given: Arguments that are not made up.

    Returns:
        All that it needs.
    """
    host = known.name.replace("_", "-")
    made_up: dict[str, Any] = {
        "base_url": f"https://{host}.test",
        "auth": credential(known),
        "http": http,
        "timezone": zone,
    }
    made_up |= _parameters(known)
    taken = inspect.signature(kind).parameters
    return {**{name: value for name, value in made_up.items() if name in taken}, **given}


def credential(known: Known) -> Any:
    """Credentials of a vendor, a plain token where one is enough.

    Args:
        known: The vendor.

    Returns:
        The credential, several as a tuple where the vendor wants them together; None where it takes none.
    """
    chosen = [kind(**{item.name: _value(item) for item in _required(kind)}) for kind in _credentials(known)]
    return tuple(chosen) if len(chosen) > 1 else next(iter(chosen), None)


def environment(known: Known, base_url: str) -> dict[str, str]:
    """The environment variables with which ``from_env`` makes a client of a vendor.

    Args:
        known: The vendor.
        base_url: Where it is.

    Returns:
        Variables and their values.
    """
    wanted = variables_of(known.client)
    found = {wanted.options["base_url"]: base_url}
    found |= {wanted.options[name]: text for name, text in _parameters(known).items() if name in wanted.options}
    for kind in _credentials(known):
        names = wanted.credentials[kind]
        found |= {names[item.name]: str(_value(item)) for item in _required(kind)}
    return found


def _credentials(known: Known) -> list[type[Any]]:
    """The classes of credentials with which a client is let in: one where one fills an alternative, else several."""
    declared = known.vendor.credentials
    every = [kind for kind in declared if issubclass(kind, CombinedAuth)]
    if every:
        return every
    filled = {kind: {names} if isinstance(names, str) else set(names) for kind, names in declared.items()}
    kinds = sorted(
        (kind for kind in declared if kind is not CallerSignature),
        key=lambda kind: (
            not issubclass(kind, SecretValue),
            issubclass(kind, ExchangeCredential | Password | RefreshToken),
        ),
    )
    alternatives = [set(names) for names in known.vendor.security if names]
    alone = [kind for kind in kinds if any(names <= filled[kind] for names in alternatives)]
    if alone:
        return alone[:1]
    for names in alternatives:
        together = {next((kind for kind in kinds if name in filled[kind]), None) for name in names}
        if None not in together:
            return [kind for kind in kinds if kind in together]
    return kinds[:1]


def _parameters(known: Known) -> dict[str, str]:
    """The parameters that tell an account or a place rather than a call, each with a text in its documented form."""
    openapi = openapi_of(known.vendor)
    places: dict[str, list[Shape]] = {}
    for operation in known.operations.values():
        for item in operation.parameters:
            if item.client:
                shape = Shape(openapi.schemas, (openapi.parameter(operation, item),))
                places.setdefault(item.name, []).append(shape)
    return {name: identifiers.text(shapes, name, 1) for name, shapes in sorted(places.items())}


def _required(kind: Any) -> list[dataclasses.Field[Any]]:
    fields: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(kind)
    if issubclass(kind, CombinedAuth):
        every = {name for scheme in kind.parts for name in kind.needed(scheme)}
        return [item for item in fields if item.name in every]
    return [item for item in fields if item.default is dataclasses.MISSING]


def _value(item: dataclasses.Field[Any]) -> Any:
    return 1 if "int" in str(item.type) else f"test-{item.name}"
