"""Makes clients for the commands: credentials from the environment or from a private file."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobclients_core.client import SyncClient
from jobclients_core.env import settings_from_env, variables_of
from jobclients_core.errors import InvalidArgument
from jobclients_core.http import HttpOptions
from jobclients_core.observe import Observer
from jobclients_core.type_guards import is_object
from jobclients_core.vendors import Known, UnknownVendorError, load

VARIABLE = "JOBCLIENTS_CONFIG"
_HTTP = ("proxy", "verify", "timeout")
_OTHERS = ("vendor", "account", "timezone", *_HTTP)


class CommandError(Exception):
    """Something that the user can put right; the message says how.

    Args:
        message: What is wrong.
        code: The exit code.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, code: int = 2, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


def config_path() -> Path:
    """Where the configuration is when nobody says otherwise.

    Returns:
        What JOBCLIENTS_CONFIG names, or config.toml in the user's own folder for configuration.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "jobclients" / "config.toml"


@dataclass(frozen=True, slots=True)
class Setup:
    """Which configuration a command uses.

    Args:
        file: The configuration file; None for the usual place, where it may be missing.
        profile: The section in it; None for the one that is called like the vendor.
        timeout: Seconds for a call, before what the configuration says.
    """

    file: Path | None = None
    profile: str | None = None
    timeout: float | None = None

    @property
    def options(self) -> list[str]:
        """The same as options of the command."""
        named = [] if self.file is None else ["--config", str(self.file.absolute())]
        return named if self.profile is None else [*named, "--profile", self.profile]


@dataclass(frozen=True, slots=True)
class Opened:
    """A client, and where its credentials come from.

    Args:
        known: The vendor.
        client: The client.
        source: Where the credentials come from, in words.
    """

    known: Known
    client: SyncClient
    source: str


def known_vendor(name: str, *, of_handle: bool = False) -> Known:
    """A vendor by its name.

    Args:
        name: The name; hyphens may stand for underscores.
        of_handle: Whether a handle says so, which names no package.

    Returns:
        The vendor.

    Raises:
        CommandError: there is no such vendor.
    """
    try:
        return load(name.replace("-", "_"))
    except UnknownVendorError as error:
        hint = "`jobclients vendors` lists them" + ("; --package says whose reads the handle" if of_handle else "")
        raise CommandError(str(error), hint=hint) from None


def open_client(known: Known, setup: Setup, given: Mapping[str, str], observer: Observer | None = None) -> Opened:
    """Make the client of a vendor.

    Args:
        known: The vendor.
        setup: Which configuration to use.
        given: Options of the client from the command line; they win.
        observer: Hears of each request.

    Returns:
        The client.

    Raises:
        CommandError: something is missing or cannot be used.
    """
    section, place = _section(known, setup)
    prefix = known.name.upper()
    environment = {name: value for name, value in os.environ.items() if name.startswith(f"{prefix}_")}
    from_file = {f"{prefix}_{key.upper()}": value for key, value in section.items() if key not in _OTHERS}
    overrides: dict[str, Any] = {**given}
    try:
        overrides |= _others(section, place, setup)
        settings = settings_from_env(known.client, None, overrides, {**from_file, **environment})
        client = known.client(**settings, observer=observer)
    except InvalidArgument as error:
        raise _unusable(known, error) from None
    wanted = {name for names in variables_of(known.client).credentials.values() for name in names.values()}
    sources = ["the environment"] if wanted & environment.keys() else []
    if wanted & from_file.keys():
        sources.append(place)
    return Opened(known, client, " and ".join(sources) or "nowhere")


def setup_of_account(known: Known, setup: Setup, account: str) -> Setup:
    """Use the section that is called like an account, where the user named none and there is one for the vendor.

    Args:
        known: The vendor.
        setup: Which configuration to use.
        account: The account.

    Returns:
        The same with the section, or as it was.
    """
    if setup.profile is not None or account == "default":
        return setup
    path = setup.file or config_path()
    section = _read(path).get(account) if setup.file is not None or path.exists() else None
    if not is_object(section) or section.get("vendor", known.name if account == known.name else "") != known.name:
        return setup
    return Setup(setup.file, account)


def _unusable(known: Known, error: InvalidArgument) -> CommandError:
    if error.argument == "auth":
        hint = f"set these variables, or the same names in {config_path()} under [{known.name}]"
        return CommandError(f"{known.name}: {error.message}", code=5, hint=hint)
    if error.argument == "base_url":
        hint = f"set {known.name.upper()}_BASE_URL, or give base_url=https://…"
        return CommandError(f"{known.name}: {error.message}", hint=hint)
    return CommandError(
        f"{known.name}: {error.message}", hint=f"`jobclients vendors {known.address}` lists all settings"
    )


def _others(section: Mapping[str, str], place: str, setup: Setup) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if setup.profile is not None or "account" in section:
        found["account"] = section.get("account", setup.profile)
    if "timezone" in section:
        try:
            found["timezone"] = ZoneInfo(section["timezone"])
        except (ZoneInfoNotFoundError, ValueError):
            raise CommandError(
                f"{place}: {section['timezone']!r} is not a time zone", hint="as in Europe/Berlin"
            ) from None
    http: dict[str, Any] = {key: section[key] for key in _HTTP if key in section}
    if "timeout" in http:
        http["timeout"] = _number(http["timeout"], place)
    if setup.timeout is not None:
        http["timeout"] = setup.timeout
    if http:
        found["http"] = HttpOptions(**http)
    return found


def _number(text: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CommandError(f"{place}: timeout should be seconds") from None


def _section(known: Known, setup: Setup) -> tuple[dict[str, str], str]:
    """The settings of a vendor in the configuration file, and where they are."""
    path = setup.file or config_path()
    if setup.file is None and setup.profile is None and not path.exists():
        return {}, ""
    sections = _read(path)
    name = setup.profile or known.name
    section = sections.get(name)
    if section is None:
        if setup.profile is not None:
            there = ", ".join(sections) or "none"
            raise CommandError(f"{path} has no section [{name}]; there are: {there}")
        return {}, ""
    place = f"{path} [{name}]"
    if not is_object(section):
        raise CommandError(f"{place} should be a section with settings")
    settings: dict[str, str] = {}
    for key, value in section.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise CommandError(f"{place}: {key} should be a text")
        settings[key] = str(value)
    wanted = settings.get("vendor", known.name if name == known.name else "")
    if wanted != known.name:
        raise CommandError(
            f"{place} is for {wanted or 'no vendor'}, not for {known.name}", hint=f'say vendor = "{known.name}" in it'
        )
    _check_keys(known, settings, place)
    return settings, place


def _check_keys(known: Known, settings: Mapping[str, str], place: str) -> None:
    variables = variables_of(known.client)
    start = len(known.name) + 1
    names = [*variables.options.values(), *(name for one in variables.credentials.values() for name in one.values())]
    allowed = {name[start:].lower() for name in names}
    for key in settings:
        if key not in allowed and key not in _OTHERS:
            raise CommandError(f"{place}: {key} is unknown; known are {', '.join(sorted({*allowed, *_OTHERS}))}")


def _read(path: Path) -> dict[str, Any]:
    """The configuration, if nobody else can read it.

    Raises:
        CommandError: others can read or change it, or it is not TOML.
    """
    try:
        with path.open("rb") as file:
            # Asked of the open file, so that nothing can be put in its place in between.
            _check_permissions(path, os.fstat(file.fileno()))
            return tomllib.loads(file.read().decode("utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        # What is in the line may be a secret; where it is says enough.
        where = str(error)[str(error).rfind("(") :]
        raise CommandError(f"{path} is not valid TOML {where if where.startswith('(') else ''}".rstrip()) from None


def _check_permissions(path: Path, status: os.stat_result) -> None:
    if os.name != "posix" or not stat.S_ISREG(status.st_mode):
        return  # a pipe of the shell's or /dev/null: nobody else reads it
    if status.st_uid not in (os.geteuid(), 0):
        raise CommandError(f"{path} belongs to another user, and may hold anything")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise CommandError(
            f"{path} holds credentials, and others can read or change it ({stat.S_IMODE(status.st_mode):04o})",
            hint=f"run: chmod 600 {path}",
        )
