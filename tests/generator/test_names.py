"""Every spelling is deterministic, free of what Python and the place it is in have taken, or a problem."""

from __future__ import annotations

import builtins
import importlib
import keyword
import re
from pathlib import Path

import jobclients_core
import pytest
from jobclients_core import AsyncClient, SyncClient, security
from jobclients_core.model import Model
from pydantic import BaseModel
from vendorsmith import names
from vendorsmith.diagnostics import Diagnostic

from .support import ROOT, Made, completed, operation, spec, write_spec

SNAKE = {
    "getJob": "get_job",
    "GetJob": "get_job",
    "get_job": "get_job",
    "get-job": "get_job",
    "get.job": "get_job",
    "get job!": "get_job",
    "getURLs": "get_urls",
    "URLParser": "url_parser",
    "parseURL": "parse_url",
    "getJobV2": "get_job_v2",
    "job2Run": "job2_run",
    "last-udpate-user": "last_udpate_user",
    "org.apache.Sqoop": "org_apache_sqoop",
    "1st": "x_1st",
    "_private": "private",
    "__class__": "class_",
    "__init__": "init",
    "class": "class_",
    "None": "none",
    "import": "import_",
    "match": "match",
    "self": "self",
    "$ref": "ref",
    "@type": "type",
    "../x": "x",
    "x/__init__": "x_init",
    "C:\\con": "c_con",
    "con": "con",
    "caf\u00e9": "caf",
    "cafe\u0301": "cafe",
    "\uff41bc": "bc",
    "p\u0430ge": "p_ge",
    "\u200bjob": "job",
    "": "",
    "_": "",
    "$-+": "",
    "\u5b8c\u6210": "",
}


@pytest.mark.parametrize(("wire", "expected"), SNAKE.items(), ids=ascii)
def test_snake(wire: str, expected: str) -> None:
    """ASCII letters and digits are kept, everything else separates; keywords get an underscore."""
    assert expected == names.snake(wire)


@pytest.mark.parametrize(
    ("wire", "expected"),
    {
        "job": "Job",
        "job_state": "JobState",
        "jobState": "JobState",
        "JOB-state": "JOBState",
        "1st": "X1st",
        "model": "Model_",
        "Field": "Field_",
        "none": "None_",
        "com.acme.Job": "ComAcmeJob",
        "$": "",
    }.items(),
)
def test_pascal(wire: str, expected: str) -> None:
    """Words are joined, their first letters raised; what a models module imports is kept free."""
    assert expected == names.pascal(wire)


@pytest.mark.parametrize(
    ("wire", "expected"),
    {
        "successful": "SUCCESSFUL",
        "partially_successful": "PARTIALLY_SUCCESSFUL",
        "JobDone": "JOB_DONE",
        "-1": "X_1",
        "": "EMPTY",
        " ": "SPACE",
        "+": "PLUS_SIGN",
        "--": "HYPHEN_MINUS_HYPHEN_MINUS",
        "\u00e9": "LATIN_SMALL_LETTER_E_WITH_ACUTE",
        "\U0001fae8": "U1FAE8",
        "\n": "U000A",
        "name": "NAME_",
        "mro": "MRO",
        "a" * 300: "A" * 100,
        "+" * 300: ("PLUS_SIGN_" * 10).strip("_"),
    }.items(),
    ids=lambda text: ascii(text)[:40],
)
def test_member(wire: str, expected: str) -> None:
    """A word without letters is called after its characters, under every version of Python, and a long one is cut."""
    assert expected == names.member(wire)


@pytest.mark.parametrize(
    "wire", [*SNAKE, *keyword.kwlist, *dir(builtins), *dir(BaseModel), "x" * 200, "\ud800"], ids=ascii
)
def test_a_name_is_an_identifier_or_empty(wire: str) -> None:
    """Whatever comes in, what comes out can be written into a module, or says that it cannot."""
    for name in (
        names.snake(wire, names.FIELD_NAMES),
        names.pascal(wire),
        names.constant(wire, names.CONSTANT_NAMES),
        names.member(wire),
    ):
        assert not name or (name.isidentifier() and name.isascii() and not keyword.iskeyword(name))
        assert not name.startswith("_")


def test_no_field_hides_an_attribute_of_the_models() -> None:
    """Every public attribute that a model class has is among the names that no field gets."""
    public = {name for name in dir(Model) if not name.startswith("_")}

    assert set() == public - names.FIELD_NAMES


def test_no_method_hides_one_of_the_clients() -> None:
    """Every public attribute of the clients' bases is among the names that no operation gets."""
    public = {name for base in (SyncClient, AsyncClient) for name in dir(base) if not name.startswith("_")}

    assert set() == public - names.METHOD_NAMES


def test_the_constructor_of_every_client_keeps_its_arguments() -> None:
    """What the template writes into the signature is among the names that no client parameter gets."""
    source = (ROOT / "generator/vendorsmith/emit/templates/client.py.jinja").read_text(encoding="utf-8")
    common = {"self", "base_url", "account", "timezone", "headers", "http", "observer", "on_drift"}

    assert all(f"{name}:" in source or f"{name}," in source for name in common)
    assert common | {"auth"} == names.CONSTRUCTOR_NAMES


@spec("""
security: [{token: []}]
x-auth:
  login:
    {description: A login., into: token, operationId: ping, credentials: {word: {type: string, description: A word.}},
     body: {word: $credential.word}, token: $response.body#/token}
paths: {/ping: {get: {operationId: ping, security: [], responses: {"200": {description: Done.}}}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
""")
def test_no_credential_takes_a_name_that_its_modules_import(made: Made) -> None:
    """The capitalised imports of the client's and the credentials' templates are names that no credential gets."""
    templates = ROOT / "generator/vendorsmith/emit/templates"
    imported: set[str] = set()
    for template in ("client.py.jinja", "auth.py.jinja"):
        source = (templates / template).read_text(encoding="utf-8")
        for names_ in re.findall(r"^from .+? import (\([^)]*\)|[^(\n]+)$", source, re.MULTILINE):
            imported |= set(re.findall(r"\w+", names_))
    classes = {name for name in imported if name[:1].isupper() and not name.isupper()}

    classes |= set(security.__all__)  # which the first one imports as they are needed
    classes -= {"SecurityScheme", "SecretValue"}  # what none needs
    classes -= {"Password", "RefreshToken"}  # refused where they are in use, as a login of a spec may be called so

    assert {"Token", "ExchangeCredential", "ClassVar", "Mapping"} <= classes
    assert set() == classes - names.CREDENTIAL_CLASS_NAMES
    assert made.loaded["auth"].Login(word="x").word == "x"


@pytest.mark.parametrize(
    ("vendor", "word"),
    {
        "alation": "",
        "huawei_cdm": "",
        "s3": "",
        "class": "keyword",
        "match": "keyword",
        "json": "module",
        "print": "built-in",
        "con": "Windows",
        "lpt1": "Windows",
        "testing": "generated package",
        "_vendors": "lower-case",
        "../x": "lower-case",
        "Alation": "lower-case",
        "a__b": "lower-case",
        "a-b": "lower-case",
        "1a": "lower-case",
        "": "lower-case",
        "caf\u00e9": "lower-case",
        "\uff41": "lower-case",
        "a" * 101: "lower-case",
    }.items(),
    ids=lambda text: ascii(text)[:20],
)
def test_vendor_names(vendor: str, word: str) -> None:
    """A vendor's name is a module's name everywhere, or the reason why not."""
    diagnostic = names.vendor_error(vendor)

    assert (word in diagnostic) if word else (diagnostic == "")


@pytest.mark.parametrize(("package", "good"), {"acme": True, "acme_jobs": True, "json": False, "a.b": False}.items())
def test_package_names(package: str, good: bool) -> None:
    """A package of the standard library cannot be generated over."""
    assert good == (names.package_error(package) == "")


@pytest.mark.parametrize("given", ["getJob", "class", "_x", "1a", "caf\u00e9", "a b", "close", "A"])
def test_a_given_name_must_be_one(given: str, tmp_path: Path) -> None:
    """What x-python-name says for an operation is used as it is, or refused."""
    document = completed("paths: {}") | {"paths": {"/a": {"get": operation("a", **{"x-python-name": given})}}}
    diagnostics = Made(write_spec(tmp_path, document)).diagnostics

    assert {"bad-value", "name-cannot-be-used"} & {diagnostic.code for diagnostic in diagnostics}


@spec("""
paths:
  /a/{id}:
    get:
      operationId: find
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: id, in: query, schema: {type: string}}
        - {name: ID, in: query, schema: {type: string}}
        - {name: a-b, in: query, schema: {type: string}}
        - {name: a_b, in: query, schema: {type: string}}
        - {name: aB, in: header, schema: {type: string}}
        - {name: self, in: query, schema: {type: string}}
        - {name: class, in: query, schema: {type: string}}
      responses: {"200": {description: Done.}}
""")
def test_parameters_that_would_collide_say_where_they_stand(made: Made) -> None:
    """The first keeps the name; the others are called after their place, then numbered."""
    expected = {
        ("path", "id"): "id",
        ("query", "id"): "id_query",
        ("query", "ID"): "id_query_2",
        ("query", "a-b"): "a_b",
        ("query", "a_b"): "a_b_query",
        ("query", "self"): "self_",
        ("query", "class"): "class_",
        ("header", "aB"): "a_b_header",
    }

    assert expected == {(entry.location, entry.wire): entry.name for entry in made.operation("find").parameters}
    assert made.signature("find").count("a_b: ") == 1


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        a-b: {type: string}
        a_b: {type: string}
        aB: {type: string}
        A_B: {type: string}
        json: {type: string}
        model_config: {type: string}
        str: {type: string}
        class: {type: string}
        __class__: {type: string}
        1a: {type: string}
        caf\u00e9: {type: string}
        "cafe\u0301": {type: string}
        self: {type: string}
        "": {type: string, x-python-name: empty}
    Word: {enum: [a, A, a-b, a_b, aB, name, value, None, "", "+", "1", "-1"]}
""")
def test_properties_and_words_that_would_collide_are_numbered(made: Made) -> None:
    """In the order of the spec; every value still travels under its own key, and every word is its own member."""
    fields = [entry.name for entry in made.schema("Task").properties]
    members = [value.name for value in made.schema("Word").values]
    keys = [entry.wire for entry in made.schema("Task").properties]
    job = made.decode("Task", {key: str(index) for index, key in enumerate(keys)})

    expected = "a_b a_b_2 a_b_3 a_b_4 json_ model_config_ str_ class_ class__2 x_1a caf cafe self empty"
    assert expected.split() == fields
    assert ["A", "A_2", "A_B", "A_B_2", "A_B_3", "NAME_", "VALUE_", "NONE"] == members[:8]
    assert ["EMPTY", "PLUS_SIGN", "X_1", "X_1_2"] == members[8:]
    assert [str(index) for index in range(len(keys))] == [getattr(job, name) for name in fields]
    assert made.loaded["models"].Word("A") is made.loaded["models"].Word.A_2


COLLISIONS = {
    "operations": (
        """
paths:
  /a: {get: {operationId: get-job, responses: {"200": {description: Done.}}}}
  /b: {get: {operationId: getJob, responses: {"200": {description: Done.}}}}
""",
        "duplicate-name",
        ("getJob", "get-job", "line"),
    ),
    "schemas": (
        "components: {schemas: {a-b: {type: object}, A.b: {type: object}, AB: {enum: [x]}}}",
        "duplicate-name",
        ("AB", "line"),
    ),
    "server variables": (
        'servers: [{url: "https://{a_b}/{a-b}", variables: {a_b: {default: x}, a-b: {default: y}}}]',
        "duplicate-name",
        ("a_b", "a-b"),
    ),
    "a client parameter and a server variable": (
        """
servers: [{url: "https://{host}", variables: {host: {default: x}}}]
paths:
  /a:
    get:
      operationId: ask
      parameters: [{name: Host, in: query, x-client-parameter: true, schema: {type: string}}]
      responses: {"200": {description: Done.}}
""",
        "duplicate-name",
        ("Host", "host", "line"),
    ),
    "an operation that cannot be spelt": (
        'paths: {/a: {get: {operationId: "\u5b8c", responses: {"200": {description: Done.}}}}}',
        "name-cannot-be-spelt",
        ("\u5b8c", "operation"),
    ),
    "a property that cannot be spelt": (
        'components: {schemas: {A: {type: object, properties: {"$": {type: string}}}}}',
        "name-cannot-be-spelt",
        ("$", "property"),
    ),
    "a parameter that is too long": (
        "paths: {/a: {get: {operationId: ask, parameters: [{name: %s, in: query, schema: {type: string}}], "
        'responses: {"200": {description: Done.}}}}}' % ("n" * 10_000),
        "name-cannot-be-spelt",
        ("longer than 100",),
    ),
}
CREDENTIAL = """
security: [{{token: []}}]
x-auth:
  {name}:
    description: A login.
    operationId: ping
    credentials: {{{field}: {{type: string, description: A word.}}}}
    body: {{word: $credential.{field}}}
    token: $response.body#/token
servers: [{{url: "https://{{host}}", variables: {{host: {{default: x}}}}}}]
paths: {{/ping: {{get: {{operationId: ping, security: [], responses: {{"200": {{description: Done.}}}}}}}}}}
components: {{securitySchemes: {{token: {{type: http, scheme: bearer}}}}}}
"""
COLLISIONS |= {
    f"the credential {name}": (CREDENTIAL.format(name=name, field="word"), "name-cannot-be-used", (name, "class"))
    for name in ("token", "auth", "demo_client", "class_var", "exchange")
}
COLLISIONS |= {
    f"the credential field {field}": (CREDENTIAL.format(name="login", field=field), "name-cannot-be-used", (field,))
    for field in ("class", "exchange", "base_url", "field", "str", "host")
}


@pytest.mark.parametrize(("text", "code", "words"), COLLISIONS.values(), ids=COLLISIONS)
def test_what_cannot_be_told_apart_is_a_problem(text: str, code: str, words: tuple[str, ...], tmp_path: Path) -> None:
    """The message names both sides, and is at the place that is to be changed."""
    diagnostics = Made(write_spec(tmp_path, completed(text))).diagnostics
    found: list[Diagnostic] = [diagnostic for diagnostic in diagnostics if diagnostic.code == code]

    assert {code} == {diagnostic.code for diagnostic in diagnostics}
    assert all(word in found[0].message for word in words), found[0].message
    assert found[0].place is not None
    assert found[0].place.pointer != ""


@pytest.mark.parametrize(
    "operation_id", ["close", "str", "models", "overload", "date", "import", "request", "type checking"]
)
def test_an_operation_cannot_hide_what_its_module_needs(operation_id: str, tmp_path: Path) -> None:
    """An operation called like a method or a type of the client gets an underscore; the module works."""
    document = completed("paths: {}") | {"paths": {"/a": {"get": operation(operation_id)}}}
    made = Made(write_spec(tmp_path, document))
    name = made.api.operations[0].name

    assert operation_id == "type checking" or f"{operation_id}_" == name
    assert made.api.operations[0].constant not in names.CONSTANT_NAMES
    assert all(callable(getattr(client, name)) for client in made.clients)


def test_names_are_what_they_are_called_again() -> None:
    """A name that was decided stays what it is when it is spelt again, so that x-python-name can say any of them."""
    for wire in SNAKE:
        name = names.snake(wire)
        assert not name or name == names.snake(name)


@spec("""
components:
  schemas:
    Job:
      type: object
      required: [status, set]
      properties:
        status: {$ref: "#/components/schemas/job_state"}
        state: {enum: [running]}
        set: {$ref: "#/components/schemas/JobSet"}
    job_state: {enum: [succeeded, failed]}
    JobStatus: {type: object, properties: {state: {$ref: "#/components/schemas/job_state"}}}
    JobSet: {type: array, items: {$ref: "#/components/schemas/Job"}}
    Token: {type: object, properties: {value: {type: string}}}
    ApiError: {type: object, properties: {message: {type: string}}}
    Field: {type: object, properties: {name: {type: string}}}
    Jobs: {type: object, properties: {jobs: {$ref: "#/components/schemas/JobSet"}}}
paths:
  /job/{id}:
    get:
      operationId: job
      parameters:
        - {name: state, in: query, schema: {enum: [all]}}
        - {name: id, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: It., content: {application/json: {schema: {$ref: "#/components/schemas/Job"}}}}}
""")
def test_no_model_is_called_like_a_name_of_the_package(made: Made) -> None:
    """A vendor's own state is not a canonical one; what is inline in a schema or a call is named by the same rule."""
    classes = {schema.name for schema in made.api.schemas}
    state = made.loaded["models"].VendorJobState
    job = made.decode("VendorJob", {"status": "succeeded", "set": [{"status": "failed", "set": []}]})

    assert set() == classes & set(jobclients_core.__all__)
    assert {
        "VendorJob",
        "VendorJobState",
        "VendorJobStatus",
        "VendorJobSet",
        "VendorToken",
        "VendorApiError",
    } <= classes
    assert classes >= {"VendorField", "Jobs", "VendorJobState2", "VendorJobState3"}
    assert (state.SUCCEEDED, state.FAILED) == (job.status, job.set[0].status)


def test_the_names_of_the_package_are_known() -> None:
    """A name that the runtime gains is one that no model gets."""
    assert {name for name in jobclients_core.__all__ if name[0].isupper()} == names.PUBLIC_NAMES


@pytest.mark.parametrize("vendor", sorted(file.parent.name for file in ROOT.glob("specs/*/openapi.yaml")))
def test_no_model_of_this_repository_is_called_like_a_name_of_the_package(vendor: str) -> None:
    models = importlib.import_module(f"jobclients.{vendor}.models")
    own = {name for name, value in vars(models).items() if getattr(value, "__module__", "") == models.__name__}

    assert own
    assert set() == own & set(jobclients_core.__all__)


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        ("Run", "JobState", ("JobState", "VendorJobState")),
        ("VendorJob", "", ("schema", "VendorJob", "line")),
    ],
    ids=["x-python-name", "the name that the rule makes"],
)
def test_a_spec_cannot_name_a_model_like_that(key: str, given: str, words: tuple[str, ...], tmp_path: Path) -> None:
    schema: dict[str, object] = {"enum": ["running"], **({"x-python-name": given} if given else {})}
    document = completed("{}") | {"components": {"schemas": {"Job": {"enum": ["x"]}, key: schema}}}
    (diagnostic,) = Made(write_spec(tmp_path, document)).diagnostics

    assert all(word in f"{diagnostic.message} {diagnostic.hint}" for word in words), diagnostic
