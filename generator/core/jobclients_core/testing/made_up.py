"""Clients of a vendor in this process, with credentials and parameters that are made up."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from jobclients_core.env import variables_of
from jobclients_core.http import HttpOptions
from jobclients_core.security import ExchangeCredential, Token
from jobclients_core.vendors import Known


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
    made_up |= {name: _text(name) for name in _parameters(known)}
    taken = inspect.signature(kind).parameters
    return {**{name: value for name, value in made_up.items() if name in taken}, **given}


def credential(known: Known) -> Any:
    """A credential of a vendor, a plain token where it takes one.

    Args:
        known: The vendor.

    Returns:
        The credential; None where it takes none.
    """
    kinds: Iterable[type[Any]] = known.vendor.credentials
    plain = [kind for kind in kinds if not issubclass(kind, ExchangeCredential)]
    chosen: Any = Token if Token in plain else next(iter([*plain, *kinds]), None)
    if chosen is None:
        return None
    return chosen(**{item.name: _value(item) for item in _required(chosen)})


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
    found |= {wanted.options[name]: _text(name) for name in sorted(_parameters(known)) if name in wanted.options}
    chosen = credential(known)
    if chosen is not None:
        names = wanted.credentials[type(chosen)]
        found |= {names[item.name]: str(_value(item)) for item in _required(type(chosen))}
    return found


def _parameters(known: Known) -> set[str]:
    """The parameters that tell an account or a place rather than a call."""
    operations = known.operations.values()
    return {item.name for operation in operations for item in operation.parameters if item.client}


def _required(kind: Any) -> list[dataclasses.Field[Any]]:
    return [item for item in dataclasses.fields(kind) if item.default is dataclasses.MISSING]


def _value(item: dataclasses.Field[Any]) -> Any:
    return 1 if "int" in str(item.type) else f"test-{item.name}"


def _text(name: str) -> str:
    return f"{name.replace('_', '-')}-1"
