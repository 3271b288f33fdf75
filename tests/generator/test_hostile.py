"""Hostile text in every place of a valid spec: it is refused with a message, or it ends up as data and nothing else."""

from __future__ import annotations

import ast
import copy
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from jobclients_core.pointers import split
from markdown_it import MarkdownIt
from vendorsmith.diagnostics import Diagnostics, SpecError
from vendorsmith.discovery import Target
from vendorsmith.emit.code import plain
from vendorsmith.emit.format import formatted
from vendorsmith.emit.models_verified import differences
from vendorsmith.emit.package import package_files
from vendorsmith.emit.render import vendor_files
from vendorsmith.ir import Api
from vendorsmith.pipeline import read
from vendorsmith.release import default_release
from yaml_text import loaded

from .support import PACKAGE

DEED = "open('pwned','w')"
"""Leaves a trace in the working directory where it is executed."""

PAYLOADS = {
    "harmless": "pwned_words",
    "double-quotes": f'pwned", {DEED}, """\n{DEED}\n"""',
    "single-quotes": f"pwned', {DEED}, '''\n{DEED}\n'''",
    "both-quotes": f"pwned'\"'\"\"\"''', {DEED}, '\"'\"\"\"'''",
    "quote-at-the-end": 'pwned "',
    "quotes-at-the-end": 'pwned """"',
    "backslash-at-the-end": "pwned\\",
    "backslash-and-quotes": f'pwned\\"""\n{DEED}\n\\"""',
    "backslash-and-single-quotes": f"pwned\\', {DEED}, \\'",
    "escapes": r"pwned \n \x41 \u0041 \101 \N{BULLET}",
    "broken-escapes": r"pwned \x \u12 \U \N",
    "placeholders": "pwned{__import__('os').system('touch pwned')} {0} %s %(x)s $x ${x}",
    "template": "pwned {{ 7*7 }}{% include 'client.py.jinja' %}{# x #}",
    "line-ends": f"pwned\n{DEED}\n    {DEED}\r{DEED}\r\n{DEED}",
    "separators": f"pwned\u2028{DEED}\u2029{DEED}\x85{DEED}\x0c{DEED}\x0b{DEED}\x1c{DEED}",
    "control-characters": "pwned\x1b[31m\x07\x08\x7f\x9b",
    "nul": f"pwned\0{DEED}",
    "invisible": "pwned\u202e\u2066 drow\u2069\u200b\ufeff\U000e0041\U0001f4a5",
    "surrogate": "pwned\ud800",
    "comment": f"pwned # {DEED} */ --> ]]> <!-- x",
    "markup": "@pwned <img src=x onerror=pwned()>&lt;b> [pwned](https://x.example) ![pwned](x.png) <https://x.example>",
    "code-span": "pwned `` ` </code><b>pwned</b> ` [x](y) `",
    "blocks": "pwned | ::error::pwned\n\n# pwned\n\n- pwned\n\n    pwned\n\n```\npwned\n\n> pwned\n\npwned\n===",
    "long": "pwned " + "p" * 9000,
    "path": "../../pwned/..\\pwned",
}


def together(groups: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The payloads, of which those of a group are in one text, each away from its ends."""
    grouped = {name for names in groups.values() for name in names}
    alone = {name: text for name, text in PAYLOADS.items() if name not in grouped}
    return alone | {group: " ".join(PAYLOADS[name] for name in names) for group, names in groups.items()}


_CODE = {"code": ("escapes", "broken-escapes", "placeholders", "template", "comment")}
_QUOTES = ("single-quotes", "both-quotes", "backslash-and-single-quotes")
_QUOTES_AND_LINES = ("double-quotes", "backslash-and-quotes")
_CHARACTERS = ("line-ends", "separators", "control-characters", "nul", "invisible")

CHECKED = together(_CODE | {"quotes": _QUOTES, "quotes-and-lines": _QUOTES_AND_LINES})
"""For places where the form of a text is checked: what may be refused for another reason stands alone."""

PROSE = together(_CODE | {"quotes": (*_QUOTES, *_QUOTES_AND_LINES), "characters": _CHARACTERS})
"""For prose, which is never checked for its form."""

EXAMPLE = """
openapi: 3.1.0
info: {title: a title, version: "1", description: a description}
servers:
  - {url: "https://{host}/v1", description: a server, variables: {host: {default: a.example, description: a host}}}
tags: [{name: a tag, description: of a tag}]
security: [{token: []}]
x-errors:
  code: [$response.body#/code]
  rules: [{status: [4XX], code: [code-1], raise: NotFound, description: gone}]
x-envelope: {ok: {from: $response.body#/ok, in: [true, "yes"]}, message: $response.body#/message}
x-auth:
  login:
    description: a credential
    into: token
    operationId: log_in
    credentials: {password: {type: string, secret: true, description: a secret}}
    body: {password: $credential.password, kind: a word}
    token: $response.body#/token
x-known-by-name: [{name: a name, note: a note, evidence: [{source: a source, kind: documentation, note: a note}]}]
x-contradictions: [{about: a thing, text: a text, sample: a sample, chosen: a choice}]
x-rate-limits: [{operations: [get_run], limit: 1, per: PT1S, scope: account}]
x-jobs:
  runs:
    summary: a kind of job
    x-evidence: [{source: a source, kind: inferred, note: a note}]
    x-contradictions: [{about: a thing, text: a text, sample: a sample, chosen: a choice}]
    identity:
      id: {from: $request.path.id, description: an id}
      mark: {optional: true, description: a mark}
    run:
      {select: $response.body#/runs, key: [a key], match: {a name: $job.id}, baseline: before_submit,
       order: [{key: a key, as: counter}], exclude: {from: $run#/by, equals: a schedule}}
    echo: {at: /a~1place, identity: id}
    operations:
      submit: {operationId: start_job, parameters: {how: so}}
      status: {operationId: get_run}
      list:
        {operationId: get_run, parameters: {tag: k=$key}, select: $response.body#/runs, identity: {id: /a~1place},
         key: {at: /a~1place, equals: {a name: $key, another: a word}}}
    state: {from: $run#/state, map: {a word: running, done: succeeded, bad: failed}, absent: queued}
    fields:
      message: {from: $response.header.X-Message}
      duration: {from: $run#/text, pattern: "^took (?P<value>[0-9]+) s"}
    submit: {idempotency: {parameter: X-Key}}
    adopt: [{id: /a place}]
paths:
  /runs/{id}:
    get:
      operationId: get_run
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: tag, in: query, schema: {type: string}}
      responses: {"200": {description: a run, content: {application/json: {schema: {type: object}}}}}
  /jobs/{id}:
    post:
      operationId: start_job
      tags: [a tag]
      summary: a summary
      description: a description
      x-evidence: [{source: a source, kind: documentation, url: "https://a.example", note: a note}]
      x-contradictions: [{about: a thing, text: a text, sample: a sample, chosen: a choice}]
      parameters:
        - {name: id, in: path, required: true, description: an id, schema: {type: string}}
        - {name: flag, in: query, description: a flag, schema: {type: string, default: a default}, example: an example}
        - {name: X-Mark, in: header, description: a mark, schema: {type: string, enum: [one, two]}}
        - {name: X-Key, in: header, schema: {type: string}}
        - {name: how, in: query, schema: {type: string}}
      requestBody:
        description: a body
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Start"}
            examples: {a-name: {summary: a summary, value: {word: a default}}}
      responses:
        "200":
          description: a response
          headers: {X-Rate: {description: a header, schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Job"}}}
        "404": {description: a failure}
  /text:
    get:
      operationId: get_text
      responses: {"200": {description: a text, content: {text/plain: {schema: {type: string}}}}}
  /file:
    post:
      operationId: convert_file
      requestBody: {required: true, content: {application/octet-stream: {}}}
      responses: {"200": {description: a file, content: {application/octet-stream: {}}}}
  /note:
    post:
      operationId: send_note
      requestBody: {content: {text/plain: {schema: {type: string}}}}
      responses: {"204": {description: done}}
  /login:
    post:
      operationId: log_in
      security: []
      x-envelope: false
      requestBody: {content: {application/json: {schema: {type: object, properties: {password: {type: string}}}}}}
      responses: {"200": {description: a token, content: {application/json: {schema: {type: object}}}}}
components:
  securitySchemes:
    token: {type: apiKey, in: header, name: X-Token, description: a scheme}
  schemas:
    Start:
      type: object
      description: a schema
      properties:
        word: {type: string, description: a word, default: a default, pattern: a+, format: a-format, example: a b}
        fixed: {type: string, const: a constant}
    Job:
      title: a title
      type: object
      description: a schema
      properties:
        ok: {type: boolean}
        code: {type: string}
        message: {type: string}
        state: {$ref: "#/components/schemas/State"}
        other: {type: string, description: a property, x-aliases: [another], x-python-name: other_name}
        detail: {type: string, contentMediaType: application/json, contentSchema: {type: object}}
    State: {type: string, description: an enumeration, enum: [running, done], x-enum-varnames: [RUNNING, DONE]}
"""


@dataclass(frozen=True)
class Sink:
    """A place of the example that takes text.

    Attributes:
        pointer: of the value that is replaced, or of the key where `key` says so.
        key: whether it is the key that is replaced.
        around: what the text is put into; `%s` stands for it.
        prose: whether the text is there for people, so that none but an unreadable one is a reason to refuse the spec.
        wire: whether the text travels, so that it must be in the output exactly as it is.
        also: further places that must say the same.
    """

    pointer: str
    key: bool = False
    around: str = "%s"
    prose: bool = False
    wire: bool = False
    also: tuple[str, ...] = ()


JOB = "/components/schemas/Job"
START = "/components/schemas/Start"
STATE = "/components/schemas/State"
CALL = "/paths/~1jobs~1{id}/post"
EXAMPLES = f"{CALL}/requestBody/content/application~1json/examples/a-name"
SCHEMES = "/components/securitySchemes"

SINKS = {
    "info title": Sink("/info/title", prose=True),
    "info version": Sink("/info/version", prose=True),
    "info description": Sink("/info/description", prose=True),
    "server url": Sink("/servers/0/url", around="https://{host}%s", wire=True),
    "server variable": Sink("/servers/0/variables/host", key=True, also=("/servers/0/url",)),
    "server variable default": Sink("/servers/0/variables/host/default", wire=True),
    "server variable description": Sink(
        "/servers/0/variables/host/description", prose=True, also=("/servers/0/description",)
    ),
    "tag": Sink("/tags/0/name", prose=True, also=("/tags/0/description", f"{CALL}/tags/0")),
    "path": Sink("/paths/~1text", key=True, around="/text/%s", wire=True),
    "operationId": Sink("/paths/~1text/get/operationId"),
    "summary": Sink(f"{CALL}/summary", prose=True),
    "description": Sink(f"{CALL}/description", prose=True),
    "parameter name": Sink(f"{CALL}/parameters/1/name", wire=True),
    "parameter description": Sink(f"{CALL}/parameters/1/description", prose=True),
    "parameter default and example": Sink(
        f"{CALL}/parameters/1/schema/default", prose=True, also=(f"{CALL}/parameters/1/example",)
    ),
    "header name": Sink(f"{CALL}/parameters/2/name", wire=True),
    "header value": Sink(f"{CALL}/parameters/2/schema/enum/0", wire=True),
    "request description": Sink(f"{CALL}/requestBody/description", prose=True),
    "request media type": Sink(f"{CALL}/requestBody/content/application~1json", key=True, around="application/%s+json"),
    "request example": Sink(f"{EXAMPLES}/value/word", prose=True, also=(f"{EXAMPLES}/summary",)),
    "answer media type": Sink("/paths/~1text/get/responses/200/content/text~1plain", key=True, around="text/%s"),
    "answer description": Sink(
        f"{CALL}/responses/200/description", prose=True, also=(f"{CALL}/responses/404/description",)
    ),
    "answer status": Sink(f"{CALL}/responses/404", key=True),
    "answer header": Sink(f"{CALL}/responses/200/headers/X-Rate", key=True),
    "schema name": Sink(START, key=True, also=(f"{CALL}/requestBody/content/application~1json/schema/$ref",)),
    "schema title and description": Sink(f"{JOB}/description", prose=True, also=(f"{JOB}/title",)),
    "enumeration description": Sink(f"{STATE}/description", prose=True),
    "property name": Sink(f"{JOB}/properties/message", key=True, wire=True),
    "argument name": Sink(f"{START}/properties/fixed", key=True, wire=True),
    "JSON text name": Sink(f"{JOB}/properties/detail", key=True, wire=True),
    "property description": Sink(f"{JOB}/properties/other/description", prose=True),
    "argument description": Sink(f"{START}/properties/word/description", prose=True),
    "enumeration value": Sink(f"{STATE}/enum/0", wire=True),
    "enumeration varname": Sink(f"{STATE}/x-enum-varnames/0"),
    "default, pattern, format and example": Sink(
        f"{START}/properties/word/default",
        prose=True,
        also=tuple(f"{START}/properties/word/{key}" for key in ("pattern", "format", "example")),
    ),
    "constant": Sink(f"{START}/properties/fixed/const", prose=True),
    "alias": Sink(f"{JOB}/properties/other/x-aliases/0", wire=True),
    "python name": Sink(f"{JOB}/properties/other/x-python-name"),
    "scheme name": Sink(f"{SCHEMES}/token", key=True, also=("/security/0/token", "/x-auth/login/into")),
    "scheme header": Sink(f"{SCHEMES}/token/name", wire=True),
    "scheme description": Sink(f"{SCHEMES}/token/description", prose=True),
    "evidence": Sink(f"{CALL}/x-evidence/0/source", prose=True, also=(f"{CALL}/x-evidence/0/note",)),
    "evidence url": Sink(f"{CALL}/x-evidence/0/url", around="https://a.example/%s", prose=True),
    "contradiction": Sink(
        f"{CALL}/x-contradictions/0/about",
        prose=True,
        also=tuple(f"/x-contradictions/0/{key}" for key in ("text", "sample", "chosen")),
    ),
    "known by name": Sink("/x-known-by-name/0/name", prose=True, also=("/x-known-by-name/0/note",)),
    "credential": Sink("/x-auth/login", key=True),
    "credential description": Sink(
        "/x-auth/login/description", prose=True, also=("/x-auth/login/credentials/password/description",)
    ),
    "credential field": Sink("/x-auth/login/credentials/password", key=True, also=("/x-auth/login/body/password",)),
    "credential body key": Sink("/x-auth/login/body/kind", key=True, wire=True),
    "error code, envelope value and body value": Sink(
        "/x-errors/rules/0/code/0", wire=True, also=("/x-envelope/ok/in/1", "/x-auth/login/body/kind")
    ),
    "token pointer and envelope message": Sink(
        "/x-auth/login/token", around="$response.body#/message/%s", wire=True, also=("/x-envelope/message",)
    ),
    "job kind": Sink("/x-jobs/runs", key=True),
    "job summary and evidence": Sink(
        "/x-jobs/runs/summary", prose=True, also=tuple(f"/x-jobs/runs/x-evidence/0/{key}" for key in ("source", "note"))
    ),
    "job identity": Sink("/x-jobs/runs/identity/mark", key=True),
    "job identity description and contradiction": Sink(
        "/x-jobs/runs/identity/id/description",
        prose=True,
        also=("/x-jobs/runs/identity/mark/description", "/x-jobs/runs/x-contradictions/0/about"),
    ),
    "job word": Sink("/x-jobs/runs/state/map/a word", key=True, wire=True),
    "job argument": Sink("/x-jobs/runs/operations/submit/parameters/how", wire=True),
    "job tag": Sink("/x-jobs/runs/operations/list/parameters/tag", around="k=$key%s", wire=True),
    "job place": Sink("/x-jobs/runs/fields/message/from", around="$response.header.%s", wire=True),
    "job run key": Sink("/x-jobs/runs/run/key/0", wire=True, also=("/x-jobs/runs/run/order/0/key",)),
    "job exclusion": Sink("/x-jobs/runs/run/exclude/equals", wire=True),
    "job tag of a list": Sink("/x-jobs/runs/operations/list/key/equals/another", wire=True),
    "job echo": Sink("/x-jobs/runs/echo/at", around="/%s", wire=True),
    "job run match": Sink("/x-jobs/runs/run/match/a name", key=True, wire=True),
    "job pattern": Sink("/x-jobs/runs/fields/duration/pattern", around="(?P<value>[0-9]+)%s", wire=True),
    "job pointers": Sink(
        "/x-jobs/runs/adopt/0/id",
        around="/%s",
        wire=True,
        also=("/x-jobs/runs/operations/list/identity/id", "/x-jobs/runs/operations/list/key/at"),
    ),
    "error description": Sink("/x-errors/rules/0/description", prose=True),
    "error pointer and envelope pointer": Sink(
        "/x-errors/code/0", around="$response.header.%s", wire=True, also=("/x-envelope/ok/from",)
    ),
}

GROUPS = {"prose": tuple(sink for sink in SINKS.values() if sink.prose)} | {
    name: (sink,) for name, sink in SINKS.items() if not sink.prose
}
"""The sinks that a payload is in at the same time: all prose, of which none decides what becomes of another."""

UNREADABLE = frozenset({"surrogate"})
"""Payloads that no spec may hold anywhere."""


VENDOR = "attacked"
"""The vendor of every case: what a payload does not change is the same file, and is read once."""


@dataclass(frozen=True)
class Case:
    """What came of one payload in one sink: the problems' text, or the facts and the files."""

    payload: str
    text: str
    refused: str
    api: Api | None
    files: dict[str, str]

    @cached_property
    def sources(self) -> dict[str, str]:
        """The Python files."""
        return {path: text for path, text in self.files.items() if path.endswith(".py")}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that were decided for this case, wherever they may be."""
        return names_of(self.api) if self.api else frozenset()

    @cached_property
    def strings(self) -> set[str]:
        """The strings of its facts that hold the payload, as they are and as they are printed, and its names."""
        found = {text for text in texts(self.api) if "pwned" in text} if self.api else set[str]()
        return found | {plain(text) for text in found} | self.names


@cache
def example() -> dict[str, Any]:
    """The spec that holds nothing hostile."""
    document: dict[str, Any] = loaded(EXAMPLE)
    return document


def put(document: dict[str, Any], pointer: str, text: str, *, key: bool) -> None:
    """Replace a value, or its key where the pointer still leads somewhere."""
    *parents, last = split(pointer)
    owner: Any = document
    for token in parents:
        owner = owner[int(token) if isinstance(owner, list) else token]
    if not key:
        owner[int(last) if isinstance(owner, list) else last] = text
        return
    entries = list(owner.items())
    owner.clear()
    owner.update({text if name == last else name: value for name, value in entries})


def attacked(sinks: tuple[Sink, ...], payload: str) -> tuple[dict[str, Any], str]:
    """The example with a payload in sinks, and the text that is in the last of them."""
    document = copy.deepcopy(example())
    text = ""
    for sink in sinks:
        text = sink.around % payload
        attack(document, sink, text)
    return document, text


def attack(document: dict[str, Any], sink: Sink, text: str) -> None:
    """Put a text into a sink."""
    for pointer in sink.also:
        if sink.prose or (sink.wire and "x-" in sink.pointer):
            put(document, pointer, text, key=False)
        elif pointer.endswith("/$ref"):
            put(document, pointer, "#/components/schemas/" + text.replace("~", "~0").replace("/", "~1"), key=False)
        elif pointer.endswith("/url"):
            put(document, pointer, f"https://{{{text}}}/v1", key=False)
        elif pointer.startswith("/security"):
            put(document, pointer, text, key=True)
        else:
            put(document, pointer, f"$credential.{text}" if "/body/" in pointer else text, key=False)
    put(document, sink.pointer, text, key=sink.key)


@cache
def cases(name: str, folder: Path) -> tuple[Case, ...]:
    """Every payload in the sinks of a group; the files of all are formatted in one go."""
    sinks = GROUPS[name]
    payloads = PROSE if sinks[0].prose else CHECKED
    attacks = [(payload, sinks) for payload in payloads if payload not in UNREADABLE]
    attacks += [(payload, (sink,)) for payload in UNREADABLE for sink in sinks]
    found: list[Case] = []
    for index, (payload, attacked_sinks) in enumerate(attacks):
        document, text = attacked(attacked_sinks, payloads[payload])
        spec = folder / f"{list(GROUPS).index(name)}-{index}" / VENDOR / "openapi.json"
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps(document), encoding="utf-8")
        try:
            api, _ = read(Target(VENDOR, spec, True, frozenset()))
            found.append(Case(payload, text, "", api, vendor_files(api, PACKAGE)))
        except SpecError as error:
            found.append(Case(payload, text, refusal(error), None, {}))
    laid_out = laid_out_files(file for case in found for file in case.files.items())
    return tuple(
        replace(case, files={path: laid_out[path, text] for path, text in case.files.items()}) for case in found
    )


def refusal(error: SpecError) -> str:
    """The errors that are printed, without the warnings of a document that nobody reviewed."""
    errors = Diagnostics()
    for diagnostic in error.diagnostics:
        if diagnostic.severity == "error":
            errors.include(diagnostic)
    return str(SpecError(errors))


def laid_out_files(files: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Each file as it is formatted, by its path and its text before."""
    places = {file: f"{number}/{file[0]}" for number, file in enumerate(dict.fromkeys(files))}
    done = formatted({place: text for (_, text), place in places.items()}, PACKAGE)
    return {file: done[place] for file, place in places.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the specs of all cases are written."""
    return tmp_path_factory.mktemp("hostile")


each_sink = pytest.mark.parametrize("name", GROUPS)


@each_sink
def test_hostile_text_is_refused_in_words_or_taken(name: str, folder: Path) -> None:
    """Harmless text is taken, prose is refused only where it is not text, and a refusal can be printed as it is."""
    refused = {case.payload for case in cases(name, folder) if case.refused}

    assert ("harmless" in refused) == (name == "answer status")
    assert [] == [case for case in cases(name, folder) if case.payload in UNREADABLE and not case.refused]
    if name == "prose":
        assert UNREADABLE == refused
    for case in cases(name, folder):
        assert not case.refused or (case.refused.startswith("error[") and case.refused.replace("\n", "").isprintable())


@each_sink
def test_hostile_text_becomes_no_code(name: str, folder: Path) -> None:
    """The output parses, and holds no statement, call, import or name but those of the harmless example's output."""
    known = harmless(folder)
    for case in cases(name, folder):
        for path, source in case.sources.items():
            unknown = traits(source, case.names) - known

            assert set() == unknown, (case.payload, path)


@each_sink
def test_hostile_text_stands_in_string_constants_only(name: str, folder: Path) -> None:
    """No token but a string holds the text, and each string that is not a docstring is exactly what the IR holds."""
    for case in cases(name, folder):
        for path, source in case.sources.items():
            invented = {text for text in literals(source) if "pwned" in text} - case.strings

            assert set() == stray(source) - case.names, (case.payload, path)
            assert set() == invented, (case.payload, path)


@each_sink
def test_text_that_travels_stands_there_unchanged(name: str, folder: Path) -> None:
    """A key, value or place that goes over the wire is one of the output's literals, to the letter."""
    if not GROUPS[name][0].wire:
        return
    for case in cases(name, folder):
        held = frozenset[str]().union(*map(literals, case.sources.values()))

        assert case.refused or case.text in held | case.names, case.payload


CHAPTERS = {
    *(
        "First calls",
        "Credentials",
        "Operations",
        "Jobs",
        "Errors",
        "Models",
        "Documented by name only",
        "Contradictions",
    ),
}


@each_sink
def test_the_reference_page_holds_no_markup_of_the_spec(name: str, folder: Path) -> None:
    """A page renders without HTML, links, images, and mentions, and with the headings of the template only."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    pages = {text for case in cases(name, folder) for path, text in case.files.items() if path.endswith(".md")}
    for text in sorted(pages):
        body = text.split("\n", 1)[1]  # the first line is a comment of the template
        blocks = markdown.parse(body)
        kinds = {token.type for block in blocks for token in [block, *(block.children or ())]}
        opened = [index for index, block in enumerate(blocks) if block.type == "heading_open" and block.tag == "h2"]
        titles = [blocks[index + 1].content for index in opened]
        links = [part.attrGet("href") for block in blocks for part in block.children or () if part.type == "link_open"]
        fences = [ast.parse(block.content) for block in blocks if block.type == "fence"]

        assert set() == kinds & {"html_block", "html_inline", "image", "blockquote_open"}
        assert [] == [link for link in links if not re.fullmatch(r"#[a-z0-9_]+|[a-z0-9_]+\.md#[a-z0-9]+", str(link))]
        assert {ast.ImportFrom, ast.With, ast.Expr} >= {type(node) for fence in fences for node in fence.body}
        assert "@pwned" not in "".join(part.content for block in blocks for part in written(block.children or []))
        assert set(titles) <= CHAPTERS, titles
        assert 1 == sum(block.type == "heading_open" and block.tag == "h1" for block in blocks)
        assert {"\n"} == {char for char in text if not char.isprintable()}


@pytest.mark.parametrize("name", ["prose", "property name", "enumeration value", "alias"])
def test_hostile_text_is_in_the_models_as_a_foreign_reader_writes_it(name: str, folder: Path) -> None:
    """Our gates and the encoders of datamodel-code-generator keep the same words."""
    for case in cases(name, folder):
        if case.api is not None:
            source = case.files[f"{PACKAGE}/{case.api.vendor}/models.py"]
            assert [] == list(differences(source, case.api, PACKAGE)), case.payload


def test_importing_every_output_does_nothing(folder: Path) -> None:
    """All modules of all cases are imported, with warnings as errors: no text of a spec is executed."""
    package = folder / "package"
    files = package_files(default_release())
    distinct = {tuple(case.sources.items()) for name in GROUPS for case in cases(name, folder)}
    for number, sources in enumerate(distinct):
        for path, text in sources:  # each as a vendor of its own
            own = f"{VENDOR}_{number}"
            files[path.replace(f"/{VENDOR}/", f"/{own}/")] = text.replace(f"{PACKAGE}.{VENDOR}.", f"{PACKAGE}.{own}.")
    for path, text in files.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, encoding="utf-8", newline="\n")
    vendors = sorted(path.split("/")[1] for path in files if path.endswith("/models.py"))
    work = folder / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", IMPORT_ALL, str(package), *vendors],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == done.stderr
    assert f"{len(vendors)} imported\n" == done.stdout
    assert [] == list(work.iterdir())


IMPORT_ALL = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
for vendor in sys.argv[2:]:
    importlib.import_module(f"jobclients.{vendor}.client")
    importlib.import_module(f"jobclients.{vendor}.models")
    importlib.import_module(f"jobclients.{vendor}.jobs")
print(len(sys.argv) - 2, "imported")
"""


def written(parts: list[Any]) -> Iterator[Any]:
    """The parts of a paragraph that are read as text, in which `@name` would be a mention."""
    for part in parts:
        if part.type == "text":
            yield part


@cache
def harmless(folder: Path) -> frozenset[str]:
    """What the outputs of harmless text hold, in whichever sink it is."""
    return frozenset(
        trait
        for name in GROUPS
        for case in cases(name, folder)[:1]
        for source in case.sources.values()
        for trait in traits(source, case.names)
    )


def names_of(api: Api) -> frozenset[str]:
    """The Python names that were decided for a vendor."""
    found = [api.vendor, api.class_prefix, f"{api.class_prefix}Client", f"Async{api.class_prefix}Client"]
    found += [entry.name for entry in api.variables] + [entry.class_name for entry in api.credentials]
    for exchange in api.exchanges:
        found += [exchange.class_name, *(field.name for field in exchange.fields)]
    for kind in api.jobs:
        found += [kind.type.name, kind.constant, *(part.name for part in kind.type.identity)]
        found += [f"{lead}{name}" for lead in ("", "Async") for name in (kind.class_name, kind.collection_name)]
    for operation in api.operations:
        found += [operation.name, operation.constant, *(entry.name for entry in operation.parameters)]
    for schema in api.schemas:
        found += [schema.name, f"{schema.name}Accessors", *(value.name for value in schema.values)]
        for entry in schema.properties:
            found += [entry.name, f"{entry.name}_as", f"{entry.name}_text"]
    assert all(name.isidentifier() and name.isascii() for name in found)
    return frozenset(found)


@cache
def traits(source: str, own: frozenset[str]) -> set[str]:
    """What a module does, in words that can be compared: its kinds of statement, its calls, imports and names."""
    found: set[str] = set()
    for node in ast.walk(parsed(source)):
        match node:
            case ast.Call(func=function):
                found.add(f"call of {_neutral(function, own)}")
            case ast.ImportFrom(module=module, names=names):
                parts = ".".join("OWN" if part in own else part for part in (module or "").split("."))
                found.add(f"import from {parts}")
                found.update(f"import of {name.name}" for name in names if name.name not in own)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                if name not in own:
                    found.add(f"name {name}")
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if name not in own:
                    found.add(f"definition {name}")
            case ast.Constant(value=value):
                found.add(f"constant {type(value).__name__}")
            case _:
                pass
        found.add(type(node).__name__)
    return found


def _neutral(function: ast.expr, own: frozenset[str]) -> str:
    if isinstance(function, ast.Name):
        return "OWN" if function.id in own else function.id
    return ".".join("OWN" if part in own else part for part in ast.unparse(function).split("."))


@cache
def parsed(source: str) -> ast.Module:
    """The tree of a Python file."""
    return ast.parse(source)


@cache
def stray(source: str) -> set[str]:
    """What a source holds of a payload outside its strings, in its comments among them."""
    if "pwned" not in source.lower():
        return set()  # reading it all takes long
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.string for token in found if token.type != tokenize.STRING and "pwned" in token.string.lower()}


@cache
def literals(source: str) -> frozenset[str]:
    """The strings of a module without its docstrings, those in annotations among them."""
    prose: set[int] = set()
    found: set[str] = set()
    for node in ast.walk(parsed(source)):  # a statement comes before what it is made of
        if isinstance(node, ast.Expr):
            prose.add(id(node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            found.add(node.value)
    return frozenset(found)


def texts(value: Any) -> Iterator[str]:
    """Every string in facts, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple, frozenset)):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for entry in fields(value):
            yield from texts(getattr(value, entry.name))
