"""The intermediate representation: facts about one vendor's API, frozen and printable.

Nothing here knows Python spelling rules, templates or files to write. `build` makes an `Api` from a validated
document; `emit` turns it into text. Names that end up in Python (`name` beside a `wire` spelling) are decided once,
while the IR is built, and are never derived again.

No fact has a line or an index of a list: facts carry ids and names, and whoever prints a line looks it up in the
document. What has no id of its own says its place `at`, as a locator (`jobclients_core.locators`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from jobclients_core.envelopes import Envelope
from jobclients_core.expressions import Place
from jobclients_core.jobparts import RateLimit

from vendorsmith.ir_base import Evidence, Json
from vendorsmith.ir_jobs import JobTypeIr

TypeKind = Literal[
    "any",
    "null",
    "boolean",
    "integer",
    "number",
    "string",
    "date",
    "time",
    "bytes",
    "json_text",
    "ref",
    "array",
    "map",
    "union",
]
SIGNATURE: Final = "CallerSignature"
"""The class of the credential that is a function of the caller's, where no client can make a scheme."""

Location = Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type as the spec states it.

    Attributes:
        kind: what it is; `time` is a timestamp in one of the named formats, `json_text` a string that holds JSON.
        name: of the schema, for `ref`.
        time_format: for `time`: rfc3339, unix-s, unix-ms, java-medium-us or jdbc.
        items: the element type of an `array`, the value type of a `map`, the content of a `json_text`.
        variants: the alternatives of a `union`, in the spec's order.
        nullable: whether `null` is documented as well.
        secret: whether the value must not be shown.
    """

    kind: TypeKind
    name: str = ""
    time_format: str = ""
    items: TypeRef | None = None
    variants: tuple[TypeRef, ...] = ()
    nullable: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object: its wire key, its Python name, further keys it is read from."""

    wire: str
    name: str
    type: TypeRef
    required: bool
    description: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One documented word of an enumeration and the name of its member."""

    wire: str
    name: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A named schema: an object with properties, an enumeration of words, or a name for another type."""

    name: str
    kind: Literal["object", "enum", "alias"]
    description: str
    at: str
    properties: tuple[Property, ...] = ()
    values: tuple[EnumValue, ...] = ()
    type: TypeRef | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements of the vendor that cannot both hold, and which one the spec follows."""

    about: str
    text: str
    sample: str
    chosen: str
    at: str


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """A vendor's own error codes that decide the exception where the HTTP status misleads."""

    status: tuple[str, ...]
    code: tuple[str, ...]
    raises: str
    transient: bool | None
    description: str


@dataclass(frozen=True, slots=True)
class Errors:
    """Where the vendor's code, message and request id are in an error response, and the rules over them."""

    code: tuple[Place, ...] = ()
    message: tuple[Place, ...] = ()
    request_id: tuple[str, ...] = ()
    rules: tuple[ErrorRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation. `client`: given once to the client ("required", "optional") or not ("no").

    `is_json`: whether its value is sent as JSON, whatever its style.
    """

    wire: str
    name: str
    location: Location
    type: TypeRef
    required: bool
    description: str
    style: str
    explode: bool
    allow_reserved: bool
    client: Literal["no", "optional", "required"]
    is_json: bool


@dataclass(frozen=True, slots=True)
class BodyField:
    """A property of a JSON object body that is a keyword argument of the method."""

    wire: str
    name: str
    type: TypeRef
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Body:
    """A request body. With `fields`, each is an argument of its own; otherwise the whole is the argument `body`."""

    media_type: str
    type: TypeRef
    required: bool
    description: str
    fields: tuple[BodyField, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """A documented response; `status` is "200", "4XX" or "default", `type` is None where no body is documented."""

    status: str
    description: str
    media_type: str
    type: TypeRef | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented call. `server`: its own, as a template or a path; empty for that of the document."""

    id: str
    name: str
    constant: str
    method: str
    path: str
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    security: tuple[tuple[str, ...], ...]
    envelope: Envelope | None
    idempotent: bool
    exactly_one_of: tuple[tuple[str, ...], ...]
    returns_headers: bool
    evidence: tuple[Evidence, ...]
    server: str

    @property
    def arguments(self) -> tuple[Parameter | BodyField, ...]:
        """Everything that the method takes: parameters, and the properties of a body that is spread."""
        return (*self.parameters, *(self.body.fields if self.body else ()))

    @property
    def argument_names(self) -> dict[str, str]:
        """The names of arguments by wire name; a parameter before a property of the body of the same name."""
        return {entry.wire: entry.name for entry in reversed(self.arguments)}


@dataclass(frozen=True, slots=True)
class ServerVariable:
    """A variable of the server URL. `default` is None where the spec gives only an example (x-placeholder)."""

    wire: str
    name: str
    default: str | None
    description: str


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A security scheme: the runtime's class of it with its arguments, positional ones first."""

    id: str
    type: str
    arguments: tuple[str, ...]
    options: tuple[tuple[str, str | tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class CredentialField:
    """A field of a credential that the spec declares."""

    name: str
    type: Literal["string", "integer"]
    secret: bool
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A credential of this document, and the call that turns it into the token of a security scheme."""

    id: str
    class_name: str
    description: str
    operation: str
    method: str
    path: str
    media_type: str
    fields: tuple[CredentialField, ...]
    body: Any
    token: str
    expires: str
    expires_in: str
    lifetime: float | None
    envelope: Envelope | None


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that `auth` takes, and the schemes it fills. `vendor`: whose module has the class, or none."""

    class_name: str
    schemes: tuple[str, ...]
    vendor: str


@dataclass(frozen=True, slots=True)
class CombinedField:
    """A field of the class for several credentials: a text, or what else is taken for it.

    Attributes:
        name: of the field.
        function: whether a function may be given that returns the text.
        classes: the classes of credentials that may be given in place of the text.
        required: whether every operation needs it.
        secret: whether the value must not be shown.
        description: of the scheme that it fills.
    """

    name: str
    function: bool
    classes: tuple[str, ...]
    required: bool
    secret: bool
    description: str


@dataclass(frozen=True, slots=True)
class CredentialPart:
    """A scheme, and the runtime's credential that is made for it of some fields."""

    scheme: str
    class_name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CombinedAuth:
    """The class for several credentials; `alternatives` are the schemes that operations need together."""

    class_name: str
    fields: tuple[CombinedField, ...]
    parts: tuple[CredentialPart, ...]
    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class KnownByName:
    """A command that the vendor's documentation names and does not describe; nothing is generated for it."""

    name: str
    note: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """Everything the generator knows about one vendor. `server_path`: the path of a server whose host is not named."""

    vendor: str
    class_prefix: str
    title: str
    version: str
    description: str
    server: str
    server_path: str
    variables: tuple[ServerVariable, ...]
    schemes: tuple[SecurityScheme, ...]
    security: tuple[tuple[str, ...], ...]
    credentials: tuple[Credential, ...]
    combined: CombinedAuth | None
    exchanges: tuple[Exchange, ...]
    client_parameters: tuple[Parameter, ...]
    operations: tuple[Operation, ...]
    schemas: tuple[Schema, ...]
    envelope: Envelope | None
    errors: Errors
    jobs: tuple[JobTypeIr, ...]
    rate_limits: tuple[RateLimit, ...]
    known_by_name: tuple[KnownByName, ...]
    contradictions: tuple[Contradiction, ...]
    openapi: Json
