"""The arguments of a vendor's client, out of an Airflow connection."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobclients_core.client import AsyncClient, SyncClient
from jobclients_core.env import Variables, is_required, settings_from_env, variables_of
from jobclients_core.errors import InvalidArgument
from jobclients_core.http import HttpOptions
from jobclients_core.vendors import Known, UnknownVendorError, load

_PREFIX: Final = "EXTRA"
_VARIABLE: Final = re.compile(rf"\b{_PREFIX}_([A-Z0-9_]+)")
_HTTP: Final = ("timeout", "connect_timeout", "verify", "proxy", "cert")
_OWN: Final = ("vendor", "account", "timezone", *_HTTP)


@dataclass(frozen=True, slots=True)
class ConnectionFields:
    """What an Airflow connection says, without its class, which differs between Airflow's parts.

    Args:
        conn_id: Its id, for messages.
        host: The base URL, or a host name.
        port: The port, where the host is a name.
        schema: ``http`` or ``https``, where the host is a name.
        login: The login.
        password: The password.
        extra: The extra fields.
    """

    conn_id: str
    host: str | None = None
    port: int | None = None
    schema: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @classmethod
    def of(cls, connection: Any, extra: Mapping[str, Any]) -> ConnectionFields:
        """Read a connection.

        Args:
            connection: The connection.
            extra: Its extra fields, which an event loop reads by another method.

        Returns:
            What it says.
        """
        return cls(
            connection.conn_id,
            connection.host,
            connection.port,
            connection.schema,
            connection.login,
            connection.password,
            extra,
        )

    def known(self, vendor: str | None) -> Known:
        """The vendor that is meant.

        Args:
            vendor: Its name, or None for the connection's own.

        Returns:
            The vendor.

        Raises:
            InvalidArgument: there is no such vendor, none is named, or the connection is another one's.
        """
        own = self.extra.get("vendor") or None
        if vendor is not None and own is not None and vendor.rpartition(":")[2] != str(own).rpartition(":")[2]:
            raise InvalidArgument(f"connection {self.conn_id} is of {own}, not of {vendor}", argument="vendor")
        name = vendor or own
        if name is None:
            raise InvalidArgument(f"connection {self.conn_id} names no vendor, and none is given", argument="vendor")
        try:
            return load(str(name))
        except UnknownVendorError as error:
            raise InvalidArgument(str(error), argument="vendor") from None

    def options(self, client: type[SyncClient] | type[AsyncClient]) -> dict[str, Any]:
        """The arguments of a client.

        Args:
            client: The client's class.

        Returns:
            Keyword arguments of its constructor.

        Raises:
            InvalidArgument: something is missing, not known, or there are several credentials.
        """
        variables = variables_of(client, _PREFIX)
        given = {name: value for name, value in self.extra.items() if value not in (None, "")}
        self._check_names(variables, given)
        taken = {name.removeprefix(f"{_PREFIX}_").lower() for name in _names(variables)}
        environment = {_variable(name): _text(value) for name, value in given.items() if name in taken}
        if (base_url := self._base_url()) is not None:
            environment.setdefault(_variable("base_url"), base_url)
        environment |= self._login(variables, environment)
        overrides = self._overrides({name: value for name, value in given.items() if name not in taken})
        try:
            return settings_from_env(client, _PREFIX, overrides, environment)
        except InvalidArgument as error:
            message = _VARIABLE.sub(lambda found: found[1].lower(), error.message)
            raise InvalidArgument(f"connection {self.conn_id}: {message}", argument=error.argument) from None

    def secrets(self, client: type[SyncClient] | type[AsyncClient]) -> list[str]:
        """What is never to be shown.

        Args:
            client: The client's class, which tells which fields are secret.

        Returns:
            The secrets.
        """
        fields = variables_of(client, _PREFIX).credentials
        names = {
            variables[item.name].removeprefix(f"{_PREFIX}_").lower()
            for kind, variables in fields.items()
            for item in dataclasses.fields(kind)
            if item.name in variables and not item.repr
        }
        found: list[Any] = [self.password, *(self.extra.get(name) for name in ("proxy", *sorted(names)))]
        return [_text(value) for value in found if value not in (None, "")]

    def _base_url(self) -> str | None:
        if not self.host:
            return None
        if "://" in self.host:
            return self.host
        return f"{self.schema or 'https'}://{self.host}" + (f":{self.port}" if self.port else "")

    def _login(self, variables: Variables, environment: Mapping[str, str]) -> dict[str, str]:
        """What login and password stand for: the fields that a credential still wants, of the longest that fits."""
        best: dict[str, str] = {}
        most = -1
        for kind, names in variables.credentials.items():
            fields = [item for item in dataclasses.fields(kind) if item.name in names]
            required = [item for item in fields if is_required(item)]
            lacking = [item for item in required if names[item.name] not in environment]
            public = [names[item.name] for item in lacking if item.repr]
            secret = [names[item.name] for item in lacking if not item.repr]
            own = sum(names[item.name] in environment for item in fields)
            fits = len(secret) == bool(self.password) and len(public) == bool(self.login) and bool(lacking)
            if fits and own > most:
                values = [value for value in (self.login, self.password) if value]
                best, most = dict(zip([*public, *secret], values, strict=True)), own
        return best

    def _overrides(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that all clients have."""
        http = {name: given[name] for name in _HTTP if name in given}
        overrides: dict[str, Any] = {"account": str(given["account"])} if "account" in given else {}
        if http:
            overrides["http"] = HttpOptions(**http)
        if "timezone" in given:
            try:
                overrides["timezone"] = ZoneInfo(str(given["timezone"]))
            except (KeyError, ValueError, OSError):
                raise InvalidArgument(
                    f"connection {self.conn_id}: timezone is not the name of a time zone", argument="timezone"
                ) from None
        return overrides

    def _check_names(self, variables: Variables, given: Mapping[str, Any]) -> None:
        """Report fields that nothing reads, which would be a credential or a region that is not used."""
        known = sorted({*_OWN, *(name.removeprefix(f"{_PREFIX}_").lower() for name in _names(variables))})
        unknown = sorted(name for name in given if name not in known)
        if unknown:
            raise InvalidArgument(
                f"connection {self.conn_id}: the vendor has no {', '.join(unknown)[:200]}; known are {', '.join(known)}"
            )


def _names(variables: Variables) -> list[str]:
    return [*variables.options.values(), *(name for names in variables.credentials.values() for name in names.values())]


def _variable(name: str) -> str:
    return f"{_PREFIX}_{name.upper()}"


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
