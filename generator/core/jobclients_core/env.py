"""Reads the environment variables of clients; no other module of the runtime reads the environment."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import InvalidArgument
from .operation import Vendor
from .origin import server_variables
from .security import ApiKey, Bearer, CallerSignature, CombinedAuth, ExchangeCredential, Token, UndocumentedApiKey

_BASE_OPTIONS = frozenset(
    ("self", "base_url", "auth", "account", "timezone", "headers", "http", "observer", "on_drift")
)
_FIELDS: dict[type[Any], dict[str, str]] = {
    Bearer: {"value": "TOKEN"},
    Token: {"value": "TOKEN"},
    ApiKey: {"value": "API_KEY", "header": "API_KEY_HEADER", "query": "API_KEY_QUERY", "cookie": "API_KEY_COOKIE"},
}
"""Names of variables that are not those of the credential's fields."""


def _vendor_of(kind: type[Any]) -> Vendor:
    for base in kind.__mro__:
        found = base.__dict__.get("vendor") or getattr(sys.modules.get(base.__module__), "VENDOR", None)
        if isinstance(found, Vendor):
            return found
    raise InvalidArgument(f"{kind.__name__} has no vendor")


def _field_names(vendor: Vendor, kind: type[Any], prefix: str) -> dict[str, str]:
    """The environment variable of each field of a credential class."""
    declared: Any = kind
    known = _FIELDS.get(kind)
    if known is not None:
        filled = vendor.credentials[kind]
        schemes = [filled] if isinstance(filled, str) else list(filled)
        if kind is ApiKey and not any(isinstance(vendor.schemes[name], UndocumentedApiKey) for name in schemes):
            # A vendor that calls its key a token has it called so here.
            known = {"value": "TOKEN" if schemes == ["token"] else "API_KEY"}
        return {name: f"{prefix}_{suffix}" for name, suffix in known.items()}
    own_place: set[str] = {"base_url"}
    if issubclass(kind, ExchangeCredential):
        own_place.update(kind.exchange.variables)
    # Where the credential is sent to has names of its own: PREFIX_BASE_URL is the client's.
    return {
        item.name: f"{prefix}_{'AUTH_' if item.name in own_place else ''}{item.name.upper()}"
        for item in dataclasses.fields(declared)
        if item.name != "scopes" or issubclass(kind, ExchangeCredential | CombinedAuth)  # SCOPE has them as one text
    }


def _needed(kind: type[Any], names: Mapping[str, str]) -> list[list[str]]:
    """The variables that make a credential complete, as alternatives."""
    if not issubclass(kind, CombinedAuth):
        return [[names[item.name] for item in dataclasses.fields(kind) if is_required(item)]]
    return [[names[name] for scheme in schemes for name in kind.needed(scheme)] for schemes in kind.alternatives]


def is_required(item: dataclasses.Field[Any]) -> bool:
    """Whether a credential cannot be made without one of its fields."""
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _converted(annotation: Any, text: str, variable: str, argument: str) -> Any:
    """The text as the type of the argument that it is for."""
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    kind = name.split("|")[0].strip()
    if kind == "bool" and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    if kind not in ("int", "float", "bool"):
        return text
    try:
        if kind != "bool" and len(text) <= 40:
            return int(text) if kind == "int" else float(text)
    except ValueError:
        pass
    wanted = {"int": "an integer", "float": "a number", "bool": "true or false"}[kind]
    raise InvalidArgument(f"{variable} should be {wanted}", argument=argument)


class _MissingError(Exception):
    """What would have to be set, in words."""


def _credential(vendor: Vendor, prefix: str, environment: Mapping[str, str]) -> Any:
    """The one credential that is complete in the environment; several as a tuple where they are wanted together."""
    complete: dict[type[Any], dict[str, str]] = {}
    wanted: list[str] = []
    for kind in _from_environment(vendor):
        names = _field_names(vendor, kind, prefix)
        alternatives = _needed(kind, names)
        wanted += [" and ".join(required) for required in alternatives]
        if any(all(environment.get(name) for name in required) for required in alternatives):
            complete[kind] = {name: variable for name, variable in names.items() if environment.get(variable)}
    # A user name and password are also the start of a longer credential: the longer one is meant.
    chosen = [
        kind
        for kind, mine in complete.items()
        if not any(set(mine.values()) < set(other.values()) for other in complete.values())
        # What a class for several credentials takes beside others is also a credential of its own.
        and not (issubclass(kind, CombinedAuth) and _same_variables(mine, complete) > 1)
    ]
    if len(chosen) > 1 and not _wanted_together(vendor, chosen):
        found = "; ".join(", ".join(complete[kind].values()) for kind in chosen)
        raise InvalidArgument(f"several credentials are set: {found}", argument="auth")
    if not chosen:
        if not wanted or () in vendor.security:
            return None
        raise _MissingError("; or ".join(dict.fromkeys(wanted)))
    made = [_made(kind, complete[kind], environment) for kind in chosen]
    return tuple(made) if len(made) > 1 else made[0]


def _same_variables(mine: Mapping[str, str], complete: Mapping[type[Any], Mapping[str, str]]) -> int:
    return sum(set(other.values()) == set(mine.values()) for other in complete.values())


def _from_environment(vendor: Vendor) -> list[type[Any]]:
    """The classes of credentials that are made of texts: a function is none."""
    return [kind for kind in vendor.credentials if kind is not CallerSignature]


def _made(kind: type[Any], variables: Mapping[str, str], environment: Mapping[str, str]) -> Any:
    """A credential of the values of its variables."""
    fields = {item.name: item for item in dataclasses.fields(kind)}
    return kind(
        **{
            name: _converted(fields[name].type, environment[variable], variable, "auth")
            for name, variable in variables.items()
        }
    )


def _wanted_together(vendor: Vendor, kinds: Sequence[type[Any]]) -> bool:
    """Whether credentials fill an alternative of the vendor's security that needs every one of them."""
    declared = [vendor.credentials[kind] for kind in kinds]
    filled = [{names} if isinstance(names, str) else set(names) for names in declared]
    alternatives = [set(names) for names in vendor.security]
    return any(
        names <= set().union(*filled) and all(names & one for one in filled) and not any(names <= one for one in filled)
        for names in alternatives
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Variables:
    """The environment variables that a client class looks up.

    Args:
        options: Those of its own arguments, by argument.
        required: The arguments that it cannot do without.
        credentials: Those of each credential class, by field.
    """

    options: Mapping[str, str]
    required: frozenset[str]
    credentials: Mapping[type[Any], Mapping[str, str]]


def variables_of(kind: type[Any], prefix: str | None = None) -> Variables:
    """The environment variables that a client class looks up.

    Args:
        kind: The client class.
        prefix: What the names start with; the vendor's name in upper case when None.

    Returns:
        Their names.
    """
    vendor = _vendor_of(kind)
    start = prefix if prefix is not None else vendor.name.upper()
    own = [
        parameter
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        and (parameter.name not in _BASE_OPTIONS or parameter.name == "base_url")
    ]
    return Variables(
        {parameter.name: f"{start}_{parameter.name.upper()}" for parameter in own},
        frozenset(parameter.name for parameter in own if parameter.default is inspect.Parameter.empty),
        {credential: _field_names(vendor, credential, start) for credential in _from_environment(vendor)},
    )


def settings_from_env(
    kind: type[Any], prefix: str | None, overrides: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The arguments of a client's constructor, from the environment.

    Args:
        kind: The client class.
        prefix: What the names start with; the vendor's name in upper case when None.
        overrides: Arguments that are given and not looked up.
        environment: Variables to look at in place of the process's own.

    Returns:
        Keyword arguments.

    Raises:
        InvalidArgument: something is missing, or there are several credentials.
    """
    vendor = _vendor_of(kind)
    start = prefix if prefix is not None else vendor.name.upper()
    found = os.environ if environment is None else environment
    settings: dict[str, Any] = dict(overrides)
    parameters = inspect.signature(kind).parameters
    _check_overrides(kind, overrides, parameters)
    absent: list[str] = []
    wanted = variables_of(kind, start)
    annotations = {name: parameter.annotation for name, parameter in parameters.items()}
    for name, variable in wanted.options.items():
        if name in settings:
            continue
        value = found.get(variable)
        if value:
            settings[name] = _converted(annotations[name], value, variable, name)
        elif name in wanted.required:
            absent.append(variable)
    # Told all at once: who sets them one after the other would learn of the next one only then.
    missing: dict[str | None, str] = {None: f"not set: {', '.join(absent)}"} if absent else {}
    server = _missing_server(vendor, wanted.options, settings)
    if server:
        missing["base_url"] = f"no server is set: {server}"
    # A vendor that takes no credential has a client without that argument.
    if "auth" not in settings and _takes(parameters, "auth"):
        try:
            settings["auth"] = _credential(vendor, start, found)
        except _MissingError as nothing:
            missing["auth"] = f"no credential is set: {nothing}"
    if missing:
        argument = next(iter(missing)) if len(missing) == 1 else None
        raise InvalidArgument("; ".join(missing.values()), argument=argument)
    return settings


def _missing_server(vendor: Vendor, options: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """The variables that would tell the server, where nothing does."""
    if settings.get("base_url") is not None:
        return ""
    own = options.get("base_url", "")
    if vendor.server is None:
        return own
    lacking = [name for name in server_variables(vendor.server, vendor.variables) if settings.get(name) is None]
    if not lacking:
        return ""
    parts = " and ".join(options[name] for name in lacking if name in options)
    return f"{own} or {parts}" if own and parts else own or parts


def _check_overrides(
    kind: type[Any], overrides: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]
) -> None:
    """Refuse what the constructor would not take, before anything else is looked at."""
    for name in overrides:
        if not _takes(parameters, name):
            close = difflib.get_close_matches(name, parameters, 1)
            hint = f"; {close[0]} is meant?" if close else f": it takes {', '.join(parameters)}"
            raise InvalidArgument(f"{kind.__name__} takes no {name}{hint}", argument=name)


def _takes(parameters: Mapping[str, inspect.Parameter], name: str) -> bool:
    """Whether a constructor takes an argument, by its name or as any other."""
    return name in parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()
    )
