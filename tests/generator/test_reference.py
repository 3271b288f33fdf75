"""Reference pages: from the page alone, somebody who reads it makes the first call and the first wait."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jobclients import testing
from markdown_it import MarkdownIt
from pydantic import BaseModel
from yaml_text import loaded

from .support import ROOT, Made, spec

VENDORS = sorted(file.parent.name for file in ROOT.glob("specs/*/openapi.yaml"))
vendors = pytest.mark.parametrize("vendor", VENDORS)


def page_of(vendor: str) -> str:
    return (ROOT / f"generated/reference/{vendor}.md").read_text(encoding="utf-8")


def spec_of(vendor: str) -> Any:
    return loaded((ROOT / f"specs/{vendor}/openapi.yaml").read_text(encoding="utf-8"))


def sections(page: str) -> dict[str, str]:
    """The text under each heading, by the heading; headings of sections have their chapter before them."""
    found, chapter = {"": ""}, ""
    for part in re.split(r"^(?=##)", page, flags=re.MULTILINE):
        title, _, text = part.partition("\n")
        name = title.lstrip("# ").replace("`", "")
        chapter = name if title.startswith("## ") else chapter
        found[name if chapter == name else f"{chapter}/{name}"] = text
    return found


def rows(text: str, *, first: str) -> list[list[str]]:
    """The cells of the rows of the table whose first column is called so."""
    found: list[list[str]] = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()]
        found += cells[2:] if cells[0][0] == first else []
    return found


def calls(page: str) -> ast.With:
    """The statement that the page shows first: a client, and what is done with it."""
    source = sections(page)["First calls"].split("```python\n")[1].split("```")[0]
    module = ast.parse(source)
    assert [ast.ImportFrom, ast.With] == [type(node) for node in module.body]
    (statement,) = (node for node in module.body if isinstance(node, ast.With))
    return statement


class _WithTexts(ast.NodeTransformer):
    """Every ellipsis of an example becomes a text."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("x") if node.value is ... else node


@pytest.mark.filterwarnings("ignore:.*is plain http:jobclients_core.InsecureTransportWarning")
@vendors
def test_the_first_calls_can_be_made(vendor: str) -> None:
    """The client is made as the page says; its calls, and the ways to a handle, take exactly what is written there."""
    page, names = page_of(vendor), vars(importlib.import_module(f"jobclients.{vendor}"))
    statement = calls(page)
    made = ast.unparse(ast.fix_missing_locations(_WithTexts().visit(statement.items[0].context_expr)))
    examples = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    examples += [
        node
        for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)[1:]
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call)
    ]
    with eval(made, dict(names)) as client:
        taken: list[str] = []
        for call in examples:
            path = ast.unparse(call.func).split(".")
            if path[0] == "client":
                function = client
                for name in path[1:]:
                    function = getattr(function, name)
                given = {str(keyword.arg): ... for keyword in call.keywords}
                bound = inspect.signature(function).bind(**given)
                taken.append(f"{'.'.join(path)}({', '.join(bound.kwargs)})")

    assert taken
    assert all("wait(timeout=600).result" in page for _ in spec_of(vendor).get("x-jobs", {}))


LIFECYCLES = {
    "alation": "running,successful",
    "datameer": "RUNNING,COMPLETED",
    "huawei_cdm": "RUNNING,SUCCEEDED",
    "huawei_dli": "RUNNING,FINISHED",
}
NUMBERS = ("configuration", "id", "job_configuration_id")


@pytest.mark.parametrize("vendor", LIFECYCLES)
def test_the_first_call_and_the_first_wait_work(vendor: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the page shows runs against the vendor's mock, with values for the ellipses, and prints what came of it."""
    statements = calls(page_of(vendor)).body
    source = re.sub(
        r"(\w+)=\.\.\.",
        lambda found: f"{found[1]}={1 if found[1] in NUMBERS else repr('x')}",
        ast.unparse(ast.Module(statements, [])),
    )
    with testing.vendor(vendor, lifecycle=LIFECYCLES[vendor]).client() as client:
        exec(source, {"client": client})
    told, result = capsys.readouterr().out.splitlines()

    assert LIFECYCLES[vendor].partition(",")[0] in told
    assert result.startswith("{")


@vendors
def test_a_page_names_server_and_credentials(vendor: str) -> None:
    page, document = sections(page_of(vendor)), spec_of(vendor)
    client = importlib.import_module(f"jobclients.{vendor}.client").VENDOR
    first = page["First calls"]

    named = re.findall(r"^- `(\w+)`", first, re.MULTILINE)

    assert f"`{document['servers'][0]['url']}`" in first
    assert [kind.__name__ for kind in client.credentials] == re.findall(r"^- `auth=(\w+)\(", first, re.MULTILINE)
    assert {"base_url", *document["servers"][0].get("variables", {})} <= set(named)
    for credential in document.get("x-auth", {}).values():
        fields = [row[0].strip("`") for text in page.values() for row in rows(text, first="argument")]
        assert set(credential.get("credentials", {})) <= set(fields)


@vendors
def test_every_field_of_every_model_is_there_with_its_type_and_meaning(vendor: str) -> None:
    """A model that is nothing but a body whose properties are arguments is described by its operation."""
    page = sections(page_of(vendor))
    arguments = [
        row[0] for title, text in page.items() if "Operations/" in title for row in rows(text, first="argument")
    ]
    models = vars(importlib.import_module(f"jobclients.{vendor}.models"))
    for name, model in models.items():
        if not (isinstance(model, type) and issubclass(model, BaseModel) and model.__module__.endswith(".models")):
            continue
        expected = [(f"`{key}`", "yes" if info.is_required() else "") for key, info in model.model_fields.items()]
        found = rows(page.get(f"Models/models.{name}", ""), first="field")
        if found:
            assert expected == [(row[0], row[2]) for row in found], name
            assert all(row[1] and row[3] for row in found), name
        else:
            assert {field for field, _ in expected} <= set(arguments), name

    assert any("Models/" in title for title in page)


@vendors
def test_what_several_operations_raise_is_said_once(vendor: str) -> None:
    page = sections(page_of(vendor))
    operations = [text for title, text in page.items() if title.startswith("Operations/")]
    raised = [line for text in operations for line in re.findall(r"^- `\w+` raises .*", text, re.MULTILINE)]
    shared = rows(page.get("Errors", ""), first="response")

    assert [] == [line for line, times in Counter(raised).items() if times > 1]
    assert [] == [row for row in shared if any(all(cell in line for cell in row[:4]) for line in raised)]
    assert len(operations) < 2 or shared


@vendors
def test_the_codes_of_the_vendor_are_there(vendor: str) -> None:
    rules = spec_of(vendor).get("x-errors", {}).get("rules", [])
    found = rows(sections(page_of(vendor)).get("Errors", ""), first="HTTP status")

    assert [", ".join(f"`{code}`" for code in rule["code"]) for rule in rules] == [row[1] for row in found]


def contradictions(value: Any) -> Iterator[str]:
    """What a spec says that its vendor says in two ways."""
    if isinstance(value, dict):
        yield from (entry["about"] for entry in value.get("x-contradictions", ()))
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from contradictions(item)


def test_pages_tell_every_contradiction_once() -> None:
    for vendor in VENDORS:
        page = page_of(vendor).replace("\\", "")
        told = Counter(row[0] for row in rows(page, first="contradiction"))
        assert Counter(contradictions(spec_of(vendor))) == told, vendor
        assert told or vendor == "huawei_iam"


@vendors
def test_a_page_is_markdown(vendor: str) -> None:
    """Every table is one, and every link leads to a heading of the page."""
    page = page_of(vendor)
    html = MarkdownIt("commonmark").enable("table").render(page)
    headings = {re.sub(r"[^a-z0-9_ -]", "", title.lower()) for title in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}

    assert len(re.findall(r"^\|---", page, re.MULTILINE)) == html.count("<table>")
    assert "|---" not in html
    assert {link[1:] for link in re.findall(r"\]\((#[^)]*)\)", page)} <= headings


@spec("""
servers: [{url: "/api"}]
x-contradictions: [{about: the whole, text: a, sample: b, chosen: c}]
x-jobs:
  runs:
    summary: A run.
    identity: {id: {type: string}}
    operations: {status: {operationId: get_run}}
    state: {from: $response.body#/state, map: {A: running, B: succeeded, C: failed}}
    poll: {initial: PT7S, max: PT70S, timeout: PT2H}
    x-contradictions: [{about: the job, text: a, sample: b, chosen: c}]
paths:
  /runs/{id}:
    get:
      operationId: get_run
      x-contradictions: [{about: the call, text: a, sample: b, chosen: c}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string},
           x-contradictions: [{about: the argument, text: a, sample: b, chosen: c}]}
        - {$ref: "#/components/parameters/Page"}
      responses:
        "200":
          description: It.
          content: {application/json: {schema: {$ref: "#/components/schemas/Run"}}}
components:
  parameters:
    Page:
      {name: page, in: query, schema: {type: integer},
       x-contradictions: [{about: the page, text: a, sample: b, chosen: c}]}
  schemas:
    Run:
      type: object
      x-contradictions: [{about: the model, text: a, sample: b, chosen: c}]
      properties:
        state: {type: string, x-contradictions: [{about: the field, text: a, sample: b, chosen: c}]}
    Runs: {type: array, items: {$ref: "#/components/schemas/Run"}}
""")
def test_contradictions_stand_beside_what_they_are_about(made: Made) -> None:
    """Those of a part that operations share are at the end; an undocumented server, and poll times, are told."""
    page = sections(made.files["demo.md"])
    told = {title: [row[0] for row in rows(text, first="contradiction")] for title, text in page.items()}

    assert {title: about for title, about in told.items() if about} == {
        "Operations/get_run": ["the call", "the argument"],
        "Jobs/runs": ["the job"],
        "Models/models.Run": ["the model", "the field"],
        "Contradictions": ["the whole", "the page"],
    }
    assert "with DemoClient(base_url=...) as client:" in page["First calls"]
    assert "asks after 7 s, then less and less often, up to every 70 s" in page["Jobs/runs"]
    assert "gives up after 7200 s" in page["Jobs/runs"]
