"""What texts are read as: where everything in them is, and what is said of those that cannot be read."""
# ruff: noqa: E501 (a message on a line)

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec import yamltext
from vendorsmith.spec.source import Document, parse
from vendorsmith.spec.source_map import JSON

JSON_FAULTS = [
    ('{"a": 1} 2', ["1:10 json-syntax: the document ends before this (remove what follows)"]),
    ('{"a": 01}', ['1:8 json-syntax: a comma or "}" is expected here']),
    ('{"a": .5}', ["1:7 json-syntax: a value is expected here at /a"]),
    ('{"a": +1}', ["1:7 json-syntax: a value is expected here at /a"]),
    ("{'a': 1}", ["1:2 json-syntax: JSON writes text in double quotes"]),
    (
        '{"a": -Infinity}',
        [
            '1:7 json-syntax: "-Infinity" is not a JSON value (JSON knows true, false and null; other words need double quotes) at /a'
        ],
    ),
    (
        '{"a":\n  1e999}',
        ['2:3 bad-number: "1e999" is not a number that JSON can carry (put it in quotes if it is text) at /a'],
    ),
    (
        '{"a": "\\x41"}',
        [
            '1:7 json-syntax: this text is not closed, or holds a line end, a control character or an unknown escape (inside double quotes write \\n, \\t, \\" and \\\\) at /a'
        ],
    ),
    (
        '{"a":\n "\\ud800"}',
        [
            "2:2 bad-character: this text holds half of a surrogate pair, which is not a character (write both halves, or neither)"
        ],
    ),
    (
        '{"a": "\t"}',
        [
            '1:7 json-syntax: this text is not closed, or holds a line end, a control character or an unknown escape (inside double quotes write \\n, \\t, \\" and \\\\) at /a'
        ],
    ),
    ('{"a": }', ["1:7 json-syntax: a value is expected here at /a"]),
    ('{"a": 1', ["1:8 json-syntax: the text ends, but the bracket opened at line 1, column 1 is not closed"]),
    (
        '{"a": [1,\n {"b": 2',
        ["2:9 json-syntax: the text ends, but the bracket opened at line 2, column 2 is not closed at /a/1"],
    ),
    ('{"a": [1,]}', ["1:10 json-syntax: a comma is before this closing bracket (remove the comma) at /a/1"]),
    ('{"a": 1, }', ["1:10 json-syntax: a comma is before this closing bracket (remove the comma)"]),
    ('{"a": [1 2]}', ['1:10 json-syntax: a comma or "]" is expected here at /a/1']),
    ('{"a": {"b": 1 2}}', ['1:15 json-syntax: a comma or "}" is expected here at /a']),
    ('{"a" 1}', ["1:6 json-syntax: a colon is expected after the key at /a"]),
    ("{a: 1}", ["1:2 json-syntax: a key in double quotes is expected here"]),
    ('{"a": 1 "b": 2}', ['1:9 json-syntax: a comma or "}" is expected here']),
    ('{"a": [,1]}', ["1:8 json-syntax: a value is missing before this comma at /a/0"]),
    ("{,}", ["1:2 json-syntax: a value is missing before this comma"]),
    (
        "a: 1",
        ['1:1 json-syntax: "a" is not a JSON value (JSON knows true, false and null; other words need double quotes)'],
    ),
    (
        '{"a": /* x */ 1}',
        ["1:7 json-syntax: comments are not part of JSON (remove it, or save the file as .yaml) at /a"],
    ),
    ('{"a": 1} # x', ["1:10 json-syntax: comments are not part of JSON (remove it, or save the file as .yaml)"]),
    ("{\"a\": 'x'}", ["1:7 json-syntax: JSON writes text in double quotes at /a"]),
    (
        '{"a": nil}',
        [
            '1:7 json-syntax: "nil" is not a JSON value (JSON knows true, false and null; other words need double quotes) at /a'
        ],
    ),
    (
        '{"a": -x}',
        [
            '1:7 json-syntax: "-x" is not a JSON value (JSON knows true, false and null; other words need double quotes) at /a'
        ],
    ),
    ('{"a": !}', ["1:7 json-syntax: a value is expected here at /a"]),
    ('{"a": ', ["1:7 json-syntax: a value is expected here, but the text ends at /a"]),
    (
        '{"a": tru}',
        [
            '1:7 json-syntax: "tru" is not a JSON value (JSON knows true, false and null; other words need double quotes) at /a'
        ],
    ),
    (
        '{"a": 1, "a": [2], "b": 3, "b": 4}',
        [
            '1:10 duplicate-key: the key "a" occurs twice in the same object (first at line 1, column 2) (remove or rename one of them) at /a',
            '1:28 duplicate-key: the key "b" occurs twice in the same object (first at line 1, column 20) (remove or rename one of them) at /b',
        ],
    ),
    (
        '{"l": [0, {"k": 1, "k": 2}]}',
        [
            '1:20 duplicate-key: the key "k" occurs twice in the same object (first at line 1, column 12) (remove or rename one of them) at /l/1/k'
        ],
    ),
    (
        "[1]",
        ["1:1 not-an-object: the document is a list, and must be an object (a spec begins with: openapi: 3.1.0)"],
    ),
    (
        '"x"',
        [
            "1:1 not-an-object: the document is a single value, and must be an object (a spec begins with: openapi: 3.1.0)"
        ],
    ),
    ("  null", ["1:1 empty-file: the file holds no value (a spec begins with: openapi: 3.1.0)"]),
    ("\x0c{}", ["1:1 json-syntax: a value is expected here"]),
    ("", ["1:1 empty-file: the file is empty (a spec begins with: openapi: 3.1.0)"]),
    ("  \n", ["1:1 empty-file: the file is empty (a spec begins with: openapi: 3.1.0)"]),
    (
        '{"a": ' + "1" * 401 + "}",
        [
            '1:7 bad-number: "111111111111111111...111111111111111111" is not a number that JSON can carry (put it in quotes if it is text) at /a'
        ],
    ),
    ("[1, 2]x", ["1:7 json-syntax: the document ends before this (remove what follows)"]),
    ('{"a": [1}', ['1:9 json-syntax: a comma or "]" is expected here at /a/1']),
    ('{"a": {]}', ["1:8 json-syntax: a key in double quotes is expected here at /a"]),
    ('{"a":1,,"b":2}', ["1:8 json-syntax: a key in double quotes is expected here"]),
]
YAML_FAULTS = [
    (
        "a: [1, 2",
        [
            "1:9 yaml-syntax: the bracket opened at line 1, column 4 is not closed before this (add a comma or the closing bracket)"
        ],
    ),
    (
        "a: {b: 1",
        [
            "1:9 yaml-syntax: the bracket opened at line 1, column 4 is not closed before this (add a comma or the closing bracket)"
        ],
    ),
    (
        'a: "x',
        [
            "1:4 yaml-quote: this quote is never closed (inside single quotes write '' for a quote, inside double quotes \\\")"
        ],
    ),
    (
        "a: 'x\nb: 1",
        [
            "1:4 yaml-quote: this quote is never closed (inside single quotes write '' for a quote, inside double quotes \\\")"
        ],
    ),
    (
        "a: b: c",
        [
            "1:5 yaml-syntax: a second colon in the same line: YAML takes it for another key (put the text in quotes, or write it below a |)"
        ],
    ),
    (
        "a: 1\n b: 2",
        [
            "2:3 yaml-indent: a key is not expected here (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    (
        "a:\n  b: 1\n c: 2",
        [
            "3:2 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    (
        "a: 1\n- b",
        [
            "2:1 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    ("a: @x", ['1:4 yaml-syntax: text without quotes cannot begin with "@" (put the text in quotes)']),
    ("a: `x`", ['1:4 yaml-syntax: text without quotes cannot begin with "`" (put the text in quotes)']),
    ("a: %x", ['1:4 yaml-syntax: text without quotes cannot begin with "%" (put the text in quotes)']),
    ("\ta: 1", ["1:1 yaml-tab: a tab is used for indentation (indent with spaces)"]),
    ("a:\n\tb: 1", ["2:1 yaml-tab: a tab is used for indentation (indent with spaces)"]),
    (
        'a: "x" y',
        [
            "1:8 yaml-quote: text goes on after the closing quote (inside single quotes write '' for a quote, inside double quotes \\\")"
        ],
    ),
    (
        'a: [1 2, "x" y]',
        [
            "1:14 yaml-quote: text goes on after the closing quote (inside single quotes write '' for a quote, inside double quotes \\\")"
        ],
    ),
    ("a: |x\n  t", ["1:5 yaml-syntax: text begins on the line below | or > (start a new line)"]),
    (
        'a: "\\q"',
        [
            "1:5 yaml-quote: this backslash begins no escape that YAML knows (use single quotes, or write the backslash twice)"
        ],
    ),
    (
        "a: *b",
        ['1:4 unknown-alias: the alias "*b" has no anchor "&b" before it (text that begins with * needs quotes)'],
    ),
    (
        "a: &b [*b]",
        ['1:8 recursive-alias: the alias "*b" is inside the value that it names (recursion is written with "$ref")'],
    ),
    ("*a : 1", ["1:1 bad-key: an alias cannot be a key (write the key out)"]),
    (
        "a: &x 1\nb: *y",
        ['2:4 unknown-alias: the alias "*y" has no anchor "&y" before it (text that begins with * needs quotes)'],
    ),
    (
        "[a]: 1",
        [
            "1:1 bad-key: a key must be text; here it is a list or an object (text that begins with [ or { needs quotes: '{id}': ...)"
        ],
    ),
    (
        "{a: b}: 1",
        [
            "1:1 bad-key: a key must be text; here it is a list or an object (text that begins with [ or { needs quotes: '{id}': ...)"
        ],
    ),
    (
        "? [a]\n: 1",
        [
            "1:3 bad-key: a key must be text; here it is a list or an object (text that begins with [ or { needs quotes: '{id}': ...)"
        ],
    ),
    (
        "<<: 1",
        ['1:1 merge-key: merge keys ("<<") are not part of YAML 1.2 (write the keys out, or use "$ref" or "allOf")'],
    ),
    (
        "a: {<<: {b: 1}}",
        [
            '1:5 merge-key: merge keys ("<<") are not part of YAML 1.2 (write the keys out, or use "$ref" or "allOf") at /a'
        ],
    ),
    (
        ": 1",
        [
            "1:1 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    ('a: {"": 1, : 2}', ['1:12 yaml-syntax: ":" is where a value is expected']),
    (
        "!!int a: 1",
        [
            '1:1 yaml-tag: the tag "!!int" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes)'
        ],
    ),
    (
        "!x a: 1",
        [
            '1:1 yaml-tag: the tag "!x" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes)'
        ],
    ),
    (
        "a: !x 1",
        [
            '1:4 yaml-tag: the tag "!x" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    (
        "a: !!python/object:os.system [1]",
        [
            '1:4 yaml-tag: the tag "!!python/object:os.system" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    (
        "a: !!set {b}",
        [
            '1:4 yaml-tag: the tag "!!set" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    (
        "a: !!int x",
        [
            '1:4 yaml-tag: the tag "!!int" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    (
        "a: !!bool 1",
        [
            '1:4 yaml-tag: the tag "!!bool" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    (
        "a: !!null x",
        [
            '1:4 yaml-tag: the tag "!!null" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    (
        "a: !!float x",
        [
            '1:4 yaml-tag: the tag "!!float" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    ("a: !!float 1", []),
    (
        "a: !!binary eA==",
        [
            '1:4 yaml-tag: the tag "!!binary" is not allowed: a spec holds plain text, numbers, lists and objects (remove the tag; text that begins with ! needs quotes) at /a'
        ],
    ),
    ("a: .inf", ['1:4 bad-number: ".inf" is not a number that JSON can carry (put it in quotes if it is text) at /a']),
    (
        "a: -.INF",
        ['1:4 bad-number: "-.INF" is not a number that JSON can carry (put it in quotes if it is text) at /a'],
    ),
    ("a: .nan", ['1:4 bad-number: ".nan" is not a number that JSON can carry (put it in quotes if it is text) at /a']),
    (
        "a: 0x" + "f" * 399 + "",
        [
            '1:4 bad-number: "0xffffffffffffffff...ffffffffffffffffff" is not a number that JSON can carry (put it in quotes if it is text) at /a'
        ],
    ),
    ("a: 0o8", []),
    (
        "a: " + "9" * 401 + "",
        [
            '1:4 bad-number: "999999999999999999...999999999999999999" is not a number that JSON can carry (put it in quotes if it is text) at /a'
        ],
    ),
    (
        "a: 1e999",
        ['1:4 bad-number: "1e999" is not a number that JSON can carry (put it in quotes if it is text) at /a'],
    ),
    (
        "a: 1\n---\nb: 2",
        ['2:1 many-documents: a second YAML document begins here; a spec is one document (remove the "---")'],
    ),
    ("a: 1\n...\n", []),
    (
        "- 1\n- 2",
        ["1:1 not-an-object: the document is a list, and must be an object (a spec begins with: openapi: 3.1.0)"],
    ),
    (
        "x",
        [
            "1:1 not-an-object: the document is a single value, and must be an object (a spec begins with: openapi: 3.1.0)"
        ],
    ),
    (
        "12",
        [
            "1:1 not-an-object: the document is a single value, and must be an object (a spec begins with: openapi: 3.1.0)"
        ],
    ),
    ("# only\n", ["1:1 empty-file: the file holds no value (a spec begins with: openapi: 3.1.0)"]),
    ("---\n", ["1:1 empty-file: the file holds no value (a spec begins with: openapi: 3.1.0)"]),
    (
        'a: 1\na: 2\nb: {c: 1, c: 2}\n"a": 3',
        [
            '2:1 duplicate-key: the key "a" occurs twice in the same object (first at line 1, column 1) (remove or rename one of them) at /a',
            '3:11 duplicate-key: the key "c" occurs twice in the same object (first at line 3, column 5) (remove or rename one of them) at /b/c',
            '4:1 duplicate-key: the key "a" occurs twice in the same object (first at line 1, column 1) (remove or rename one of them) at /a',
        ],
    ),
    (
        "a: \x07",
        [
            '1:4 bad-character: the character U+0007 must not be in YAML text (in double quotes it can be written as "\\u0007")'
        ],
    ),
    ("a: [}", ['1:5 yaml-syntax: "}" is where a value is expected']),
    (
        "a: 1\n]",
        [
            "2:1 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    (
        "a: [1]]",
        [
            "1:7 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    ("&a a: 1\n*a: 2", ["2:1 bad-key: an alias cannot be a key (write the key out)"]),
    ("a: >\n\tx", ["2:1 yaml-tab: a tab is used for indentation (indent with spaces)"]),
    ("a: {b: 1,, c: 2}", ['1:10 yaml-syntax: "," is where a value is expected']),
    (
        "- a: 1\n  b: 2\n c: 3",
        [
            "3:2 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    ("a: !<tag:yaml.org,2002:str> 1", []),
    ("%YAML 1.1\n---\na: 1", []),
    (
        "a: 1 #c\n b",
        [
            "2:2 yaml-indent: this line does not fit the block that began at line 1, column 1 (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    (
        '"a\nb": 1',
        [
            "2:3 yaml-indent: a key is not expected here (check the indentation of this line and the colons of the lines above)"
        ],
    ),
    (
        'a: "b\n\nc',
        [
            "1:4 yaml-quote: this quote is never closed (inside single quotes write '' for a quote, inside double quotes \\\")"
        ],
    ),
]


def faults(text: str, *, strict_json: bool) -> list[str]:
    """What is said of a text, with its place."""
    diagnostics = Diagnostics()
    parse(text, "f", diagnostics, strict_json=strict_json)
    return [
        f"{diagnostic.place.line}:{diagnostic.place.column} {diagnostic.code}: {diagnostic.message}"
        + (f" ({diagnostic.hint})" if diagnostic.hint else "")
        + (f" at {diagnostic.place.pointer}" if diagnostic.place.pointer else "")
        for diagnostic in diagnostics
        if diagnostic.place
    ]


@pytest.mark.parametrize(("text", "said"), JSON_FAULTS)
def test_json_that_is_none(text: str, said: list[str]) -> None:
    assert faults(text, strict_json=True) == said


@pytest.mark.parametrize(("text", "said"), YAML_FAULTS)
def test_yaml_that_is_none(text: str, said: list[str]) -> None:
    assert faults(text, strict_json=False) == said


YAML = """\
# A comment.
a: 1
"b": {c: [x, 'y', {d: null}], e : ~}

long: >-
  two
  lines
list:
- first
-   - 1.5
    - {}
  # between
- deep:
    deeper: |
      text
    ? key
    : value
anchored: &A
  k: [v]
copy: *A
copies: [*A, *A]
scalar: &S word
again: *S
/p~q/é: "\\u00e9"
empty:
"""
YAML_PLACES = """\
 2:1 2:1
/a 2:1 2:4 = 1
/b 3:1 3:6
/b/c 3:7 3:10
/b/c/0 3:11 3:11 = 'x'
/b/c/1 3:14 3:14 = 'y'
/b/c/2 3:19 3:19
/b/c/2/d 3:20 3:23 = None
/b/e 3:31 3:35 = None
/long 5:1 5:7 = 'two lines'
/list 8:1 9:1
/list/0 9:3 9:3 = 'first'
/list/1 10:5 10:5
/list/1/0 10:7 10:7 = 1.5
/list/1/1 11:7 11:7
/list/2 13:3 13:3
/list/2/deep 13:3 14:5
/list/2/deep/deeper 14:5 14:13 = 'text\\n'
/list/2/deep/key 16:7 17:7 = 'value'
/anchored 18:1 18:11
/anchored/k 19:3 19:6
/anchored/k/0 19:7 19:7 = 'v'
/copy 20:1 20:7
/copy/k 19:3 19:6
/copy/k/0 19:7 19:7 = 'v'
/copies 21:1 21:9
/copies/0 21:10 21:10
/copies/0/k 19:3 19:6
/copies/0/k/0 19:7 19:7 = 'v'
/copies/1 21:14 21:14
/copies/1/k 19:3 19:6
/copies/1/k/0 19:7 19:7 = 'v'
/scalar 22:1 22:9 = 'word'
/again 23:1 23:8 = 'word'
/~1p~0q~1é 24:1 24:9 = 'é'
/empty 25:1 25:7 = None
"""
JSON_TEXT = """ { "a" : [1, -2.5e1, true ,
\t"x\\n\\u00e9"], "b":{}, "c": {"d": null ,"e":[ [ ],{"f":"g"}]}
}"""
JSON_PLACES = """\
 1:2 1:2
/a 1:4 1:10
/a/0 1:11 1:11 = 1
/a/1 1:14 1:14 = -25.0
/a/2 1:22 1:22 = True
/a/3 2:2 2:2 = 'x\\né'
/b 2:16 2:20
/c 2:24 2:29
/c/d 2:30 2:35 = None
/c/e 2:41 2:45
/c/e/0 2:47 2:47
/c/e/1 2:51 2:51
/c/e/1/f 2:52 2:56 = 'g'
"""


def places(document: Document) -> str:
    """Every pointer with the line and column of its key, those of its value, and what is there."""
    return "".join(f"{line}\n" for line in _places(document, document.data, ""))


def _places(document: Document, value: JSON, pointer: str) -> Iterator[str]:
    key, at = document.key_place(pointer), document.place(pointer)
    inner = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else None
    shown = f" = {value!r}" if inner is None else ""
    yield f"{pointer} {key.line}:{key.column} {at.line}:{at.column}{shown}"
    for name, item in (inner or {}).items():
        yield from _places(document, item, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")


def read(text: str, *, strict_json: bool) -> Document:
    diagnostics = Diagnostics()
    document = parse(text, "f", diagnostics, strict_json=strict_json)
    assert list(diagnostics) == []
    assert document is not None
    return document


@pytest.mark.parametrize("loader", [yamltext._Loader, yaml.SafeLoader])
def test_where_everything_stands_in_yaml(loader: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamltext, "_Loader", loader)

    assert places(read(YAML, strict_json=False)) == YAML_PLACES


def test_where_everything_stands_in_json() -> None:
    assert places(read(JSON_TEXT, strict_json=True)) == JSON_PLACES
