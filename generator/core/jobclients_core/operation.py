"""What generated code says about a vendor, as plain data: operations, parameters, bodies, the vendor itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from importlib import import_module
from typing import Any, Final, Generic, Literal, TypeVar

from . import __version__
from .envelopes import Envelope, Errors
from .methods import is_idempotent
from .origin import Variable
from .security import SecurityScheme

T = TypeVar("T")


class Unset(Enum):
    """Type of `UNSET`, the default of a nullable optional argument: None then sends null."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET


class Content(Enum):
    """A documented body that is not JSON."""

    TEXT = "text"
    BINARY = "binary"


TEXT: Final = Content.TEXT
BINARY: Final = Content.BINARY

Returns = str | Content | None
"""A model's name, `TEXT`, `BINARY`, or None for a documented response without a body."""

Location = Literal["path", "query", "header", "cookie"]

Style = Literal["simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject"]

DEFAULT_STYLE: Final[Mapping[Location, Style]] = {
    "path": "simple",
    "query": "form",
    "header": "simple",
    "cookie": "form",
}
"""How a parameter is written where nothing is said, by its location."""

ValueType = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "any",
    "object",
    "date",
    "unix-ms",
    "unix-s",
    "rfc3339",
    "java-medium-us",
    "jdbc",
    "json",
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; made by `Path`, `Query`, `Header` and `Cookie`.

    Args:
        name: The Python argument.
        wire: The name that is sent.
        location: Where it is sent.
        type: What a value is; for `many`, what an item is.
        many: Whether the argument is a list.
        required: Whether it has to be given.
        style: OpenAPI serialisation style.
        explode: OpenAPI explode.
        allow_reserved: Whether reserved characters are sent as they are.
        client: Whether the client's own parameter of this name is the default.
        nullable: Whether None is sent (as an empty value) rather than left out.
        secret: Whether the value is taken out of errors.
        model: Name of the model that a value has to fit, for the type ``json``.
    """

    name: str
    wire: str
    location: Location
    type: ValueType = "string"
    many: bool = False
    required: bool = False
    style: Style = "simple"
    explode: bool = False
    allow_reserved: bool = False
    client: bool = False
    nullable: bool = False
    secret: bool = False
    model: str | None = None


def is_exploded(style: str) -> bool:
    """Whether OpenAPI writes each value on its own in a style where nothing is said."""
    return style in ("form", "deepObject")


def Path(  # noqa: N802 - reads as the noun it makes
    name: str,
    wire: str | None = None,
    type: ValueType = "string",
    many: bool = False,
    *,
    style: Style | None = None,
    explode: bool | None = None,
    allow_reserved: bool = False,
    client: bool = False,
    secret: bool = False,
    model: str | None = None,
) -> Parameter:
    """A path parameter; always required. Arguments as for `Parameter`."""
    return Parameter(
        name,
        wire or name,
        "path",
        type,
        many,
        True,
        style or DEFAULT_STYLE["path"],
        bool(explode),
        allow_reserved,
        client,
        secret=secret,
        model=model,
    )


def Query(  # noqa: N802 - reads as the noun it makes
    name: str,
    wire: str | None = None,
    type: ValueType = "string",
    many: bool = False,
    *,
    required: bool = False,
    style: Style | None = None,
    explode: bool | None = None,
    allow_reserved: bool = False,
    client: bool = False,
    nullable: bool = False,
    secret: bool = False,
    model: str | None = None,
) -> Parameter:
    """A query parameter. Arguments as for `Parameter`; style ``form``, exploded, unless said otherwise."""
    used = style or DEFAULT_STYLE["query"]
    exploded = is_exploded(used) if explode is None else explode
    return Parameter(
        name,
        wire or name,
        "query",
        type,
        many,
        required,
        used,
        exploded,
        allow_reserved,
        client,
        nullable,
        secret,
        model,
    )


def Header(  # noqa: N802 - reads as the noun it makes
    name: str,
    wire: str | None = None,
    type: ValueType = "string",
    many: bool = False,
    *,
    required: bool = False,
    style: Style | None = None,
    explode: bool | None = None,
    client: bool = False,
    nullable: bool = False,
    secret: bool = False,
    model: str | None = None,
) -> Parameter:
    """A header field. Arguments as for `Parameter`."""
    return Parameter(
        name,
        wire or name,
        "header",
        type,
        many,
        required,
        style or DEFAULT_STYLE["header"],
        bool(explode),
        client=client,
        nullable=nullable,
        secret=secret,
        model=model,
    )


def Cookie(  # noqa: N802 - reads as the noun it makes
    name: str,
    wire: str | None = None,
    type: ValueType = "string",
    many: bool = False,
    *,
    required: bool = False,
    style: Style | None = None,
    explode: bool | None = None,
    client: bool = False,
    nullable: bool = False,
    secret: bool = False,
    model: str | None = None,
) -> Parameter:
    """A cookie. Arguments as for `Parameter`; lists are joined unless exploded."""
    return Parameter(
        name,
        wire or name,
        "cookie",
        type,
        many,
        required,
        style or DEFAULT_STYLE["cookie"],
        bool(explode),
        client=client,
        nullable=nullable,
        secret=secret,
        model=model,
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a body that is spread over keyword arguments.

    Args:
        name: The Python argument.
        wire: The property's name; the argument's when None.
        required: Whether it has to be given.
        nullable: Whether None is sent as null rather than left out.
    """

    name: str
    wire: str | None = None
    required: bool = False
    nullable: bool = False

    @property
    def key(self) -> str:
        """The property's name in the body."""
        return self.wire or self.name


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an operation.

    Args:
        model: Name of the model it has to fit; None for one without a type.
        fields: Its properties as keyword arguments; empty for one argument that is the whole body.
        media_type: What it is sent as.
        required: Whether it has to be given; a spread body without values is sent as ``{}`` when it is.
        name: Name of the argument that is the whole body.
        nullable: Whether None as the whole body is sent as null.
    """

    model: str | None = None
    fields: tuple[Field, ...] = ()
    media_type: str = "application/json"
    required: bool = True
    name: str = "body"
    nullable: bool = False


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One operation of a vendor.

    Args:
        id: Its name, as the client's method is called.
        method: HTTP method.
        path: Path template with ``{wire name}`` placeholders.
        parameters: Its parameters, in the order in which they are sent.
        exactly_one: Groups of arguments of which exactly one has to be given.
        body: Its body.
        returns: What each success status carries; keys are statuses, ``"2XX"`` or ``"default"``.
        raises: The model of each documented error status.
        security: Alternatives of scheme names that replace the vendor's; ``()`` sends no credentials.
        idempotent: Whether it may be sent twice; None leaves it to the method.
        envelope: Replaces the vendor's; None for no envelope.
        accept: Documented media types of the response; derived from `returns` when empty.
        server: Template of its own base URL, or its own path below the vendor's origin; None for the vendor's server.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    exactly_one: tuple[tuple[str, ...], ...] = ()
    body: Body | None = None
    returns: Mapping[int | str, Returns] = field(default_factory=dict[int | str, Returns])
    raises: Mapping[int | str, str | None] = field(default_factory=dict[int | str, str | None])
    security: tuple[tuple[str, ...], ...] | None = None
    idempotent: bool | None = None
    envelope: Envelope | Unset | None = UNSET
    accept: tuple[str, ...] = ()
    server: str | None = None

    def call(self, **arguments: Any) -> Call[T]:
        """Bind arguments; nothing is checked or sent yet.

        Args:
            **arguments: Arguments by Python name; None means "not given" unless the parameter is nullable.

        Returns:
            The call, for a client's ``send``.
        """
        return Call(self, arguments)

    @cached_property
    def arguments(self) -> dict[tuple[str, str], str]:
        """Its arguments: where each goes and its name there, to the name in Python. Properties go into the body."""
        found: dict[tuple[str, str], str] = {(item.location, item.wire): item.name for item in self.parameters}
        return found | {("body", item.key): item.name for item in (self.body.fields if self.body else ())}

    @cached_property
    def repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        if self.idempotent is not None:
            return self.idempotent
        return is_idempotent(self.method)

    @cached_property
    def accepted(self) -> str:
        """The value of its ``Accept`` header."""
        if self.accept:
            return ", ".join(self.accept)
        kinds = set(self.returns.values()) - {None}
        if BINARY in kinds:
            return "*/*"
        if TEXT in kinds:
            return "text/plain, */*;q=0.5" if kinds == {TEXT} else "application/json, text/plain"
        return "application/json"


def operations_in(module: str) -> dict[str, Operation[Any]]:
    """The operations that are constants of a module.

    Args:
        module: Its name; it is imported.

    Returns:
        Them, by id.
    """
    return {item.id: item for item in vars(import_module(module)).values() if isinstance(item, Operation)}


@dataclass(frozen=True, slots=True)
class FollowedUrl:
    """A URL that a vendor answered with, or a path that a name of the vendor's is put into.

    Args:
        url: An absolute URL; or a path below the base URL, as it is sent.
        origins: Suffixes of hosts that may be called beside the client's own origin.
        secret: Names of query parameters that are credentials.
    """

    url: str = field(repr=False)
    origins: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """An operation with its arguments.

    Args:
        operation: The operation.
        arguments: Its arguments by Python name.
        followed: The URL that is called in place of the operation's own; None for that.
    """

    operation: Operation[T]
    arguments: Mapping[str, Any] = field(repr=False)
    followed: FollowedUrl | None = None


@dataclass(frozen=True)
class Vendor:
    """What all operations of a vendor share.

    Args:
        name: Its identifier, as the package is called.
        title: Its name for people.
        version: Version of its specification.
        product: Name and version of the distribution that its client is part of, as the User-Agent tells.
        models: Module in which the models are found by name, imported on first use.
        server: Template of its base URL; None where only the caller knows it.
        variables: The template's variables.
        schemes: Its security schemes by name.
        security: Alternatives of scheme names; ``()`` inside allows calls without credentials.
        credentials: Which scheme (or schemes) each credential class fills.
        errors: Where its errors carry their facts.
        envelope: How it says no with a status that says yes.
        secret_keys: Keys of its JSON whose texts no error shows.
    """

    name: str
    title: str = ""
    version: str = ""
    product: tuple[str, str] = ("jobclients-core", __version__)
    models: str = ""
    server: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict[str, Variable])
    schemes: Mapping[str, SecurityScheme] = field(default_factory=dict[str, SecurityScheme])
    security: tuple[tuple[str, ...], ...] = ()
    credentials: Mapping[type[Any], str | tuple[str, ...]] = field(
        default_factory=dict[type[Any], str | tuple[str, ...]]
    )
    errors: Errors = field(default_factory=Errors)
    envelope: Envelope | None = None
    secret_keys: tuple[str, ...] = ()

    def filled_by(self, credential: object) -> tuple[str, ...]:
        """The schemes that a credential fills.

        Args:
            credential: The credential; a subclass of a declared class counts as that one.

        Returns:
            Scheme names, none for one that does not fit.
        """
        for declared, found in self.credentials.items():
            if isinstance(credential, declared):
                return (found,) if isinstance(found, str) else found
        return ()
