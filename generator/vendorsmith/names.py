"""Every spelling: how a name of a spec becomes a module, class, method, argument, field or constant.

The rules are few and deterministic. Letters and digits of ASCII are kept, anything else separates words; a name that
would start with a digit gets an `x`, one that Python or the place it is in has taken gets a trailing underscore.
A model that would be called like a class of `jobclients` (`Job`, `JobState`, `Token`) gets `Vendor` before its name.
A name with no letter or digit at all cannot be spelt and is a problem of the spec; `x-python-name` says what to use.
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Container
from itertools import chain, count
from unicodedata import ucd_3_2_0

_SPELT = re.compile(r"[A-Za-z0-9]")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_HUMP = re.compile(r"([a-z0-9])([A-Z])")
_ACRONYM = re.compile(r"([A-Z])([A-Z](?!s(?![a-z]))[a-z])")  # URLParser, but not the plural in getURLs
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")

MAX_LENGTH = 100
"""Longest accepted name, in characters: longer ones are a mistake or an attack, and no editor shows them."""

RESERVED_VENDORS = frozenset({"testing"})
"""Modules of the generated package that are not vendor."""

IMPORTED_PACKAGES = frozenset(
    [
        "annotated_types",
        "anyio",
        "click",
        "hatchling",
        "httpx2",
        "jobclients_core",
        "opentelemetry",
        "pydantic",
        "pydantic_core",
        "pytest",
        "rich",
        "typer",
        "typing_extensions",
        "vendorsmith",
    ]
)
"""Packages that the output imports, directly or not, so that no generated one can have their names."""

# What a model class already has. Fields of these names would hide a method or confuse pydantic.
_MODEL_ATTRIBUTES = frozenset(
    [
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
    ]
)
# Names that annotations use: in a class body a field of that name would be found first.
_ANNOTATION_NAMES = frozenset(
    ["bool", "bytes", "date", "datetime", "dict", "float", "int", "list", "object", "str", "tuple"]
)
FIELD_NAMES = _MODEL_ATTRIBUTES | _ANNOTATION_NAMES
"""Names a field of a model cannot have."""

ENUM_NAMES = frozenset({"mro", "name", "value", "NAME", "VALUE"})
"""Names a member of an enumeration cannot have."""

METHOD_NAMES = frozenset(
    {"aclose", "account", "base_url", "close", "from_env", "request", "send", "vendor"}
    | {"bool", "bytes", "date", "datetime", "float", "int", "models", "object", "overload", "str", "tzinfo"}
)
"""Names of the client's own methods and attributes, and those that its signatures are written with."""

ARGUMENT_NAMES = frozenset({"cls", "self"})
"""Names an argument cannot have; `body` is taken where there is a body, which may be one argument."""

CONSTRUCTOR_NAMES = frozenset(
    {"account", "auth", "base_url", "headers", "http", "observer", "on_drift", "self", "timezone"}
)
"""Arguments of every client's constructor, so that no server variable or client parameter can have them."""

CREDENTIAL_FIELD_NAMES = frozenset({"base_url", "exchange", "field", "int", "self", "str"})
"""What the class of a credential has already, or is written with."""

COMBINED_FIELD_NAMES = frozenset({"alternatives", "credentials", "field", "parts", "self", "str"})
"""What the class for several credentials has already, or is written with."""

CREDENTIAL_CLASS_NAMES = frozenset(
    [
        "AkSk",
        "ApiKey",
        "ApiKeyIn",
        "AsyncAuth",
        "AsyncClient",
        "Auth",
        "AuthPart",
        "Basic",
        "Bearer",
        "Body",
        "CallerSignature",
        "CallerSigned",
        "ClassVar",
        "ClientCredentials",
        "CombinedAuth",
        "Cookie",
        "DriftObserver",
        "Envelope",
        "ErrorRule",
        "Errors",
        "Exchange",
        "ExchangeCredential",
        "Extract",
        "Field",
        "Header",
        "HttpBasic",
        "HttpBearer",
        "HttpOptions",
        "Mapping",
        "OAuth2",
        "Observer",
        "Operation",
        "Path",
        "Query",
        "RequestSigner",
        "Response",
        "SecretText",
        "Sequence",
        "Signature",
        "SyncClient",
        "Token",
        "UndocumentedApiKey",
        "Unset",
        "Variable",
        "Vendor",
        "When",
    ]
)
"""Names that a client module imports, so that no credential's class can have them."""

CONSTANT_NAMES = frozenset({"BINARY", "ERRORS", "TEXT", "TYPE_CHECKING", "UNSET", "VENDOR"})
"""Constants of a client module that are not operation."""

CLASS_NAMES = frozenset(
    [
        "Annotated",
        "Any",
        "AliasChoices",
        "AwareDatetime",
        "BaseModel",
        "Bytes",
        "ConfigDict",
        "Date",
        "Dict",
        "Enum",
        "Field",
        "Int",
        "IntEnum",
        "Iterator",
        "Jdbc",
        "JavaMediumUs",
        "JsonText",
        "JsonValue",
        "Literal",
        "Model",
        "Number",
        "OpenEnum",
        "OpenUnion",
        "Optional",
        "Rfc3339",
        "Secret",
        "Self",
        "StrEnum",
        "Type",
        "TypeAliasType",
        "Union",
        "UnixMs",
        "UnixS",
    ]
)
"""Names that a models module imports, so that no model can have them."""

PUBLIC_NAMES = frozenset(
    [
        "AkSk",
        "AmbiguousRun",
        "ApiError",
        "ApiKey",
        "ApiKeyIn",
        "AsyncAuth",
        "AsyncClient",
        "AsyncJob",
        "AsyncJobSet",
        "AsyncRecord",
        "Attribution",
        "Auth",
        "AuthPart",
        "AuthenticationError",
        "BINARY",
        "BadRequest",
        "Basic",
        "Bearer",
        "Body",
        "Call",
        "CallerSignature",
        "CallerSigned",
        "ClientCredentials",
        "CombinedAuth",
        "Conflict",
        "ConnectFailed",
        "ConnectTimedOut",
        "ConnectionLost",
        "Cookie",
        "CredentialUnavailable",
        "DecodeError",
        "Drift",
        "DriftObserver",
        "Envelope",
        "ErrorRule",
        "Errors",
        "Event",
        "Exchange",
        "ExchangeCredential",
        "Extract",
        "Field",
        "First",
        "HandleError",
        "Header",
        "HttpBasic",
        "HttpBearer",
        "HttpOptions",
        "HttpRequest",
        "InsecureTransportWarning",
        "InvalidArgument",
        "Job",
        "JobCancelled",
        "JobClientsError",
        "JobError",
        "JobExpired",
        "JobFailed",
        "JobKind",
        "JobPaused",
        "JobSet",
        "JobState",
        "JobStatus",
        "Moment",
        "NameNotResolved",
        "NotFound",
        "NotStarted",
        "NotSubmitted",
        "OAuth2",
        "Observer",
        "Operation",
        "Outcome",
        "Parameter",
        "Password",
        "Path",
        "PermissionDenied",
        "ProtocolViolation",
        "Query",
        "RateLimited",
        "Record",
        "RecordBusy",
        "RecordError",
        "RecordMismatch",
        "RefreshToken",
        "Refused",
        "RequestSigner",
        "Response",
        "ResponseTooLarge",
        "RunSuperseded",
        "SecretText",
        "ServerError",
        "SetOptions",
        "Signature",
        "SubmitUncertain",
        "SyncClient",
        "TEXT",
        "Timeout",
        "TlsFailed",
        "Token",
        "TransportError",
        "UNSET",
        "UndocumentedApiKey",
        "UnexpectedStatus",
        "UnknownState",
        "Unset",
        "Variable",
        "Vendor",
        "WaitTimeout",
        "When",
        "WrongJob",
    ]
)
"""Names that `jobclients` itself offers, so that no model can be mistaken for one of them."""

JOB_CLASS_NAMES = frozenset(
    [
        "Adopt",
        "Again",
        "AsyncRecordLike",
        "Cancels",
        "Carried",
        "Discover",
        "Echo",
        "FieldRule",
        "HasLogs",
        "HasProgress",
        "HasResult",
        "Honoured",
        "Identity",
        "Job",
        "JobType",
        "Jobs",
        "Lookup",
        "Mapping",
        "NotFound",
        "Order",
        "Poll",
        "RateLimit",
        "RecordLike",
        "Refine",
        "Role",
        "Select",
        "Sequence",
        "StateRule",
        "Unset",
        "When",
    ]
)
"""Names that a jobs module imports, so that no handle or collection can have them."""


def snake(text: str, taken: frozenset[str] = frozenset()) -> str:
    """A function, argument, field or module name; empty when the text cannot be spelt."""
    spaced = _SEPARATORS.sub("_", text)
    spaced = _HUMP.sub(r"\1_\2", _ACRONYM.sub(r"\1_\2", spaced))
    name = spaced.strip("_").lower()
    return _free(f"x_{name}" if name[:1].isdigit() else name, taken)


def pascal(text: str, taken: frozenset[str] = CLASS_NAMES) -> str:
    """A class name; empty when the text cannot be spelt."""
    name = "".join(word[:1].upper() + word[1:] for word in _SEPARATORS.split(text))
    return _free(f"X{name}" if name[:1].isdigit() else name, taken)


def model(text: str) -> str:
    """The class of a model; one that would be called like a class of `jobclients` gets `Vendor` before it."""
    name = pascal(text, frozenset())
    return f"Vendor{name}" if name in PUBLIC_NAMES else pascal(text)


def constant(text: str, taken: frozenset[str] = frozenset()) -> str:
    """A module constant; empty when the text cannot be spelt."""
    return _free(snake(text).rstrip("_").upper(), taken)


def member(text: str) -> str:
    """The member of an enumeration: a word without letter or digit is called after its characters, a long one cut."""
    # The names of Unicode 3.2, which are the same under every version of Python.
    named = text if _SPELT.search(text) else " ".join(ucd_3_2_0.name(c, f"u{ord(c):04x}") for c in text[:MAX_LENGTH])
    return constant(named[:MAX_LENGTH], ENUM_NAMES) or "EMPTY"


def is_identifier(text: str) -> bool:
    """Whether `x-python-name` may say this: an ASCII identifier without a leading underscore, no keyword."""
    return bool(_IDENTIFIER.match(text)) and not keyword.iskeyword(text) and len(text) <= MAX_LENGTH


def vendor_error(name: str) -> str:
    """What is wrong with a vendor's folder name, in a sentence; empty when nothing is."""
    if name in RESERVED_VENDORS:
        return f'"{name}" is a module of the generated package itself'
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f'"{name}" is a keyword of Python'
    if name in sys.stdlib_module_names or hasattr(builtins, name):
        return f'"{name}" is a module or built-in name of Python'
    if name.lower() in {"con", "prn", "aux", "nul"} or re.fullmatch(r"(com|lpt)[0-9]", name.lower()):
        return f'"{name}" cannot be a folder on Windows'
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > MAX_LENGTH:
        return "a vendor's name is lower-case letters, digits and single underscores, starting with a letter"
    return ""


def package_error(name: str) -> str:
    """What is wrong with the name of a generated package, in a sentence; empty when nothing is."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > MAX_LENGTH:
        return "a package's name is lower-case letters, digits and single underscores, starting with a letter"
    if keyword.iskeyword(name) or name in sys.stdlib_module_names:
        return f'"{name}" is a keyword or a module of Python'
    if name in IMPORTED_PACKAGES:
        return f'"{name}" is a package that the generated one imports or is written with'
    if name in ("contract_tests", "reference"):
        return f'"{name}" is the folder of the {"contract tests" if name == "contract_tests" else "reference pages"}'
    return ""


def numbered(name: str, taken: Container[str], separator: str = "_") -> str:
    """The name itself, or with the first free number behind it: how colliding fields and members are distinguished."""
    candidates = chain([name], (f"{name}{separator}{n}" for n in count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _free(name: str, taken: frozenset[str]) -> str:
    if keyword.iskeyword(name) or name in taken:
        return f"{name}_"
    return name
