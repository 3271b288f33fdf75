"""From parameters, bodies and responses of a spec to the signatures and operations of the client."""

from __future__ import annotations

import pytest
from jobclients_core.header_fields import PROTOCOL_HEADERS
from vendorsmith.spec.operations import IGNORED_HEADERS

from .support import Made, spec


@spec("""
paths:
  /jobs/{id}:
    post:
      operationId: change_job
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Change"}}}
      responses: {"200": {description: Done.}}
components:
  schemas:
    Change:
      type: object
      required: [sql, kind]
      properties:
        sql: {type: string}
        kind: {enum: [fast, slow]}
        tags: {type: array, items: {type: string}}
        queue-name: {type: string}
        limit: {type: [integer, "null"]}
""")
def test_an_object_body_becomes_arguments(made: Made) -> None:
    """Each property is an argument: required first, null and absence distinguished, members or their words."""
    expected = (
        "(self, *, id: str, sql: str, kind: models.ChangeKind | str, tags: Sequence[str] | None=None, "
        "queue_name: str | None=None, limit: int | None | Unset=UNSET) -> None"
    )
    operation = (
        "Operation(id='change_job', method='POST', path='/jobs/{id}', parameters=(Path('id'),), "
        "body=Body('Change', fields=(Field('sql', required=True), Field('kind', required=True), Field('tags'), "
        "Field('queue_name', 'queue-name'), Field('limit', nullable=True))), returns={200: None})"
    )

    assert expected == made.signature("change_job")
    assert [expected] == made.signatures("change_job", asynchronous=True)
    assert operation == made.constant("CHANGE_JOB")


BODY = """
paths:
  /jobs/{id}:
    post:
      operationId: post_it
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {%s}
      responses: {"200": {description: Done.}}
components:
  schemas:
    Change: {type: object, required: [a], properties: {a: {type: string}}}
    Clash: {type: object, properties: {id: {type: string}}}
    Words: {type: array, items: {type: string}}
"""


@pytest.mark.parametrize(
    ("made", "arguments", "body"),
    [
        (
            BODY % "content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}",
            "a: str | None=None",
            "Body('Change', required=False, fields=(Field('a'),))",
        ),
        (
            BODY % "required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Clash'}}}",
            "body: models.Clash",
            "Body('Clash')",
        ),
        (
            BODY % "required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Words'}}}",
            "body: models.Words",
            "Body('Words')",
        ),
        (
            BODY % "required: true, content: {application/json: {}}",
            "body: models.PostItRequest",
            "Body('PostItRequest')",
        ),
        (
            BODY % "required: true, content: {application/x-www-form-urlencoded: "
            "{schema: {$ref: '#/components/schemas/Change'}}}",
            "a: str",
            "Body('Change', media_type='application/x-www-form-urlencoded', fields=(Field('a', required=True),))",
        ),
        (
            BODY % "required: true, content: {multipart/form-data: {schema: {type: object, "
            "properties: {file: {type: string, format: binary}}}}}",
            "file: bytes | None=None",
            "Body('PostItRequest', media_type='multipart/form-data', fields=(Field('file'),))",
        ),
        (
            BODY % "content: {text/plain: {schema: {type: string}}}",
            "body: str | None=None",
            "Body(media_type='text/plain', required=False)",
        ),
        (
            BODY % "required: true, content: {application/octet-stream: {}}",
            "body: bytes",
            "Body(media_type='application/octet-stream')",
        ),
        (
            BODY % "required: true, content: {text/csv: {}, application/vnd.x+json: "
            "{schema: {$ref: '#/components/schemas/Change'}}}",
            "a: str",
            "Body('Change', media_type='application/vnd.x+json', fields=(Field('a', required=True),))",
        ),
    ],
    indirect=["made"],
    ids=["optional", "clash", "list", "no-schema", "form", "multipart", "text", "binary", "json-preferred"],
)
def test_kinds_of_bodies(made: Made, arguments: str, body: str) -> None:
    """A body is flattened where it is an object whose properties clash with nothing, and one argument otherwise."""
    assert f"(self, *, id: str, {arguments}) -> None" == made.signature("post_it")
    assert f"body={body}, returns" in made.constant("POST_IT")


ANSWER = """
paths:
  /jobs:
    get:
      operationId: ask
      responses: {%s}
components:
  schemas:
    Task: {type: object, properties: {a: {type: string}}}
    Problem: {type: object, properties: {b: {type: string}}}
"""


JSON_JOB = "content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}"


JSON_PROBLEM = "content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}"


@pytest.mark.parametrize(
    ("made", "result", "tables"),
    [
        (ANSWER % "'204': {description: Nothing.}", "None", "returns={204: None}"),
        (ANSWER % f"2XX: {{description: A job., {JSON_JOB}}}", "models.Task", "returns={'2XX': 'Task'}"),
        (ANSWER % f"default: {{description: A job., {JSON_JOB}}}", "models.Task", "returns={'default': 'Task'}"),
        (
            ANSWER % f"'200': {{description: A job., {JSON_JOB}}}, default: {{description: No., {JSON_PROBLEM}}}, "
            "'404': {description: Gone., content: {text/html: {}}}",
            "models.Task",
            "returns={200: 'Task'}, raises={'default': 'Problem', 404: None}",
        ),
        (
            ANSWER % f"'200': {{description: A job., {JSON_JOB}}}, '201': {{description: A job., {JSON_JOB}}}, "
            "'202': {description: Later., content: {text/plain: {}}}, '204': {description: Nothing.}",
            "models.Task | str | None",
            "returns={200: 'Task', 201: 'Task', 202: TEXT, 204: None}",
        ),
        (
            ANSWER % "'200': {description: A file., content: {application/zip: {}}}",
            "bytes",
            "returns={200: BINARY}, accept=('application/zip',)",
        ),
    ],
    indirect=["made"],
    ids=["no-content", "class-of-statuses", "default-only", "default-is-an-error", "several", "binary"],
)
def test_kinds_of_answers(made: Made, result: str, tables: str) -> None:
    """A method returns what its 2xx answers hold; `default` is a result only where no 2xx is described."""
    assert f"(self) -> {result}" == made.signature("ask")
    assert made.constant("ASK").endswith(f"{tables})")


def raising(*tables: str) -> str:
    """A spec whose operations have these responses beside a good one."""
    operations = "".join(
        f"""
  /jobs/{number}:
    get: {{operationId: ask_{number}, responses: {{'204': {{description: Nothing.}}, {table}}}}}"""
        for number, table in enumerate(tables)
    )
    return f"paths:{operations}\n{ANSWER[ANSWER.index('components:') :]}"


GONE, BUSY = f"'404': {{description: Gone., {JSON_PROBLEM}}}", "'503': {description: Busy.}"


@pytest.mark.parametrize(
    ("made", "shared", "tables"),
    [
        (raising(f"{GONE}, {BUSY}"), "", ["{404: 'Problem', 503: None}"]),
        (raising(GONE, GONE), "", ["{404: 'Problem'}", "{404: 'Problem'}"]),
        (
            raising(GONE, f"{GONE}, {BUSY}", f"{BUSY}, {GONE}", f"{GONE}, {BUSY}"),
            "{404: 'Problem', 503: None}",
            ["{404: 'Problem'}", "ERRORS", "ERRORS", "ERRORS"],
        ),
        (
            raising(f"{BUSY}, '500': {{description: No.}}", f"{GONE}, {BUSY}", f"{GONE}, {BUSY}"),
            "{404: 'Problem', 503: None}",
            ["{503: None, 500: None}", "ERRORS", "ERRORS"],
        ),
    ],
    indirect=["made"],
    ids=["one operation", "one error", "most operations", "not the first"],
)
def test_a_table_of_errors_that_operations_share_is_a_constant(made: Made, shared: str, tables: list[str]) -> None:
    """What is written once for several operations is a table of several errors."""
    found = [made.constant(f"ASK_{number}").partition("raises=")[2].removesuffix(")") for number in range(len(tables))]

    assert found == tables
    assert ("ERRORS: Mapping" in made.files["client.py"]) is bool(shared)
    assert not shared or made.constant("ERRORS") == shared


@spec("""
servers:
  - url: https://{region}.a.example/{port}
    variables: {region: {default: eu}, port: {default: x, x-placeholder: true}}
  - url: https://b.example
paths:
  /{project}/jobs:
    get:
      operationId: list_jobs
      parameters:
        - {name: project, in: path, required: true, x-client-parameter: true, schema: {type: string}}
        - {name: account, in: query, x-client-parameter: optional, schema: {type: integer}}
        - {name: limit, in: query, required: true, schema: {type: integer}}
      responses: {"200": {description: Done.}}
""")
def test_client_parameters_are_given_once(made: Made) -> None:
    """A client parameter is an argument of the constructor and an optional one of each call, the last ones."""
    constructor = made.signature("__init__")

    assert "region: str | None=None, port: str | None=None, project: str, account_: int | None=None" in constructor
    expected = "(self, *, limit: int, project: str | None=None, account_: int | None=None) -> None"
    assert expected == made.signature("list_jobs")
    assert "Query('account_', 'account', type='integer', client=True)" in made.constant("LIST_JOBS")
    assert "server='https://{region}.a.example/{port}'" in made.constant("VENDOR")
    assert "variables={'region': Variable('eu'), 'port': Variable()}" in made.constant("VENDOR")


@spec("""
paths:
  /jobs:
    get:
      operationId: get_job
      x-exactly-one-of: [[id, job-name]]
      x-returns-headers: true
      parameters:
        - {name: id, in: query, schema: {type: integer}}
        - {name: job-name, in: query, schema: {type: [string, "null"]}}
        - {name: deep, in: query, schema: {type: boolean}}
      responses: {"200": {description: Done.}}
""")
def test_exactly_one_of_becomes_overloads(made: Made) -> None:
    """Each choice is a signature of its own in which the chosen one is required; sync and async have the same."""
    expected = [
        "(self, *, id: int, deep: bool | None=None) -> Response[None]",
        "(self, *, job_name: str | None, deep: bool | None=None) -> Response[None]",
        "(self, *, id: int | None=None, job_name: str | None | Unset=UNSET, deep: bool | None=None) -> Response[None]",
    ]

    assert expected == made.signatures("get_job")
    assert expected == made.signatures("get_job", asynchronous=True)
    assert "exactly_one=(('id', 'job_name'),)" in made.constant("GET_JOB")


@spec("""
paths:
  /jobs/{ids}:
    get:
      operationId: find_jobs
      parameters:
        - {name: ids, in: path, required: true, schema: {type: [array, "null"], items: {type: integer}}}
        - {name: state, in: query, explode: false, schema: {type: array, items: {enum: [running, done]}}}
        - {name: filter, in: query, style: deepObject, schema: {type: object}}
        - {name: since, in: query, x-time-format: unix-ms, schema: {type: integer}}
        - {name: day, in: query, schema: {type: string, format: date}}
        - {name: X-Trace, in: header, allowReserved: true, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
      responses: {"200": {description: Done.}}
""")
def test_parameters(made: Made) -> None:
    """Types, styles and places of parameters; a header that the client sets itself is not an argument."""
    signature = (
        "(self, *, ids: Sequence[int], state: Sequence[models.FindJobsStateItem | str] | None=None, "
        "filter: Mapping[str, object] | None=None, since: datetime | int | None=None, day: date | None=None, "
        "x_trace: str | None=None, session: str | None=None) -> None"
    )
    parameters = (
        "parameters=(Path('ids', type='integer', many=True), Query('state', many=True, explode=False), "
        "Query('filter', type='object', style='deepObject'), Query('since', type='unix-ms'), "
        "Query('day', type='date'), Header('x_trace', 'X-Trace'), Cookie('session', explode=True))"
    )

    assert signature == made.signature("find_jobs")
    assert parameters in made.constant("FIND_JOBS")


@spec("""
paths:
  /jobs:
    get:
      operationId: find_jobs
      parameters: [{name: pin, in: query, schema: {type: string, x-secret: true}}]
      responses: {"204": {description: Done.}}
components:
  schemas:
    Task:
      type: object
      properties:
        handout: {type: [string, "null"], x-secret: true}
        codes: {type: array, items: {type: string, x-secret: true}, x-aliases: [code-list]}
        name: {type: string}
""")
def test_secrets(made: Made) -> None:
    """The runtime is told which arguments are secret, and under which keys secrets come."""
    assert "parameters=(Query('pin', secret=True),)" in made.constant("FIND_JOBS")
    assert "secret_keys=('code-list', 'codes', 'handout')" in made.constant("VENDOR")


@spec("""
paths:
  /jobs:
    get:
      operationId: find_jobs
      parameters:
        - {name: filter, in: query, style: deepObject, schema: {$ref: "#/components/schemas/Filter"}}
      responses: {"200": {description: Done.}}
components: {schemas: {Filter: {type: object, properties: {state: {type: string}}}}}
""")
def test_a_parameter_that_is_an_object(made: Made) -> None:
    """It is given as its model, and written as an object."""
    assert "(self, *, filter: models.Filter | None=None) -> None" == made.signature("find_jobs")
    assert "Query('filter', type='object', style='deepObject')" in made.constant("FIND_JOBS")


@spec("""
paths:
  /jobs:
    get:
      operationId: jobs
      parameters:
        - {name: Host, in: header, schema: {type: string}}
        - {name: X-Sdk-Date, in: header, schema: {type: string}}
        - {name: Transfer-Encoding, in: header, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses: {"200": {description: The jobs.}}
""")
def test_headers_that_the_client_sets_are_no_parameters(made: Made) -> None:
    """Each is named in a warning, and no argument comes of it."""
    assert ["ignored-parameter"] * 3 == [diagnostic.code for diagnostic in made.diagnostics]
    assert ["X-Trace"] == [parameter.wire for parameter in made.operation("jobs").parameters]
    assert IGNORED_HEADERS - PROTOCOL_HEADERS == {"accept", "authorization", "content-type"}
