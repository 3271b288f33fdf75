"""The parts of the mock that are of their arguments alone: what they make of them."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_core.schema import Part, Schemas
from jobclients_core.testing import identifiers
from jobclients_core.testing.checks import from_text
from jobclients_core.testing.faults import Fault, FaultError, check_operation, parse_fault
from jobclients_core.testing.samples import Shape
from jobclients_core.testing.sentences import prose, replaced


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reset", Fault("reset")),
        (" 503@2*4 ", Fault("503", at=2, times=4)),
        ("404:get_job", Fault("404", operation="get_job")),
        ("429+30@2", Fault("429", at=2, retry_after="30")),
        ("drip", Fault("drip", pace=0.05)),
        ("drip+0.2", Fault("drip", pace=0.2)),
        ("drip+2", Fault("drip", pace=2.0)),
        ("done-502@3", Fault("502", at=3, done=True)),
        ("wrong-length*999999", Fault("wrong-length", times=999999)),
    ],
)
def test_a_fault(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is not a fault, which looks like reset@3, 503@2*4, 429+30 or 404:get_job"),
        ("nothing", "'nothing' is not a fault: a status such as 503, or one of reset, timeout, "),
        ("!" * 81, f"'{'!' * 80}' is not a fault, which looks like"),
        ("100", "'100' is not a fault, which"),
        ("600", "'600' is not a fault, which"),
        ("503@0", "requests are counted from 1"),
        ("503*0", "requests are counted from 1"),
        ("done-reset", "'done-reset': done- is before a status"),
        ("reset+3", "'reset+3': +SECONDS is the Retry-After of a status"),
        ("503+0.5", "'503+0.5': +SECONDS is the Retry-After of a status"),
    ],
)
def test_no_fault(text: str, said: str) -> None:
    with pytest.raises(FaultError) as raised:
        parse_fault(text)

    assert said in str(raised.value)


@pytest.mark.parametrize("value", [" 30", "30 ", "3\n0", "\u00fc", "\t"])
def test_no_value_of_a_header(value: str) -> None:
    with pytest.raises(FaultError, match="is not a value of a header"):
        Fault("503", retry_after=value)


@pytest.mark.parametrize(("kind", "status"), [("404", 404), ("503", 503), ("reset", None), ("drip", None)])
def test_the_status_of_a_fault(kind: str, status: int | None) -> None:
    assert Fault(kind).status == status


@pytest.mark.parametrize(
    ("fault", "due"),
    [
        (Fault("503"), [True, False, False, False]),
        (Fault("503", at=2), [False, True, False, False]),
        (Fault("503", at=2, times=2), [False, True, True, False]),
        (Fault("503", operation="ask"), [True, False, False, False]),
        (Fault("503", operation="other"), [False] * 4),
    ],
)
def test_the_requests_that_go_wrong(fault: Fault, due: list[bool]) -> None:
    assert [fault.due("ask") for _ in due] == due


def test_only_requests_of_the_operation_count() -> None:
    fault = Fault("503", at=2, operation="ask")

    assert [fault.due(name) for name in ("ask", "tell", "tell", "ask", "ask")] == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("operation", "said"),
    [("get_jb", "did you mean get_job?"), ("x", "there are get_job, stop"), ("y" * 81, f"'{'y' * 80}'; there are")],
)
def test_a_fault_of_no_operation(operation: str, said: str) -> None:
    check_operation("stop", ["get_job", "stop"])
    with pytest.raises(FaultError) as raised:
        check_operation(operation, iter(["get_job", "stop"]))

    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("kinds", "text", "value"),
    [
        ([], "5", "5"),
        (["string"], "5", "5"),
        (["integer", "string"], "5", "5"),
        (["integer", ""], "5", "5"),
        (["integer"], "5", 5),
        (["integer"], "-5", -5),
        (["integer"], "5.0", "5.0"),
        (["integer"], "five", "five"),
        (["integer"], "true", "true"),
        (["integer"], "", ""),
        (["number"], "5", 5),
        (["number"], "5.5", 5.5),
        (["number", "integer"], "5", 5),
        (["number"], "1e3", 1000.0),
        (["number"], "x", "x"),
        (["boolean"], "true", True),
        (["boolean"], "false", False),
        (["boolean"], "True", "True"),
        (["boolean"], "1", "1"),
        (["boolean", "integer"], "1", 1),
        (["null", "integer"], "", None),
        (["null"], "null", "null"),
        (["array"], "5", "5"),
        (["object"], "5.5", "5.5"),
    ],
)
def test_a_text_as_the_value_that_is_meant(kinds: list[str], text: str, value: Any) -> None:
    found = from_text(kinds, text)

    assert found == value
    assert type(found) is type(value)


def places(*schemas: dict[str, Any]) -> list[Shape]:
    """Places that have these schemas."""
    return [Shape(Schemas({}), (Part(schema, f"/{number}"),)) for number, schema in enumerate(schemas)]


@pytest.mark.parametrize(
    ("schemas", "number", "found"),
    [
        ([], 7, 7),
        ([{}], 7, 7),
        ([{"minimum": 7}], 7, 15),
        ([{"minimum": 6}], 7, 7),
        ([{"minimum": 100}], 7, 108),
        ([{"exclusiveMinimum": 100}], 7, 108),
        ([{"minimum": 100}, {"minimum": 200}], 7, 208),
        ([{"maximum": 8}], 7, 7),
        ([{"maximum": 7}], 7, 0),
        ([{"maximum": 6}], 7, 1),
        ([{"exclusiveMaximum": 6}], 7, 1),
        ([{"maximum": 9}, {"maximum": 6}], 7, 1),
        ([{"minimum": 10, "maximum": 20}], 7, 18),
        ([{"minimum": 10, "maximum": 18}], 7, 11),
        ([{"minimum": 10, "maximum": 11}], 7, 11),
        ([{"minimum": 0.5, "maximum": 5.5}], 7, 4),
    ],
)
def test_an_integer_that_all_places_allow(schemas: list[dict[str, Any]], number: int, found: int) -> None:
    assert identifiers.integer(places(*schemas), number) == found


@pytest.mark.parametrize(
    ("schema", "example", "found"),
    [
        ({}, None, "job-id-42"),
        ({"format": "uuid"}, None, "00000000-0000-4000-8000-00000000002a"),
        ({"format": "date-time"}, None, "2030-01-01T00:00:42Z"),
        ({"format": "date"}, None, "2030-02-12"),
        ({"format": "duration"}, None, "PT42S"),
        ({"format": "email"}, None, "number-42@example.com"),
        ({"format": "hostname"}, None, "number-42.example.com"),
        ({"format": "uri"}, None, "https://example.com/42"),
        ({"format": "ipv4"}, None, "10.0.0.42"),
        ({"format": "ipv6"}, None, "2001:db8::2a"),
        ({"format": "int64"}, None, "42"),
        ({"format": "password"}, None, "job-id-42"),
        ({"minLength": 12}, None, "000job-id-42"),
        ({"maxLength": 4}, None, "d-42"),
        ({"pattern": "^[0-9]+$"}, None, "42"),
        ({"pattern": "^[0-9]{8}$"}, None, "00000042"),
        ({"pattern": "^[0-9]{24}$"}, None, f"{42:0>24}"),
        ({"pattern": "^x$"}, None, "job-id-42"),
        ({"pattern": "^run_[a-z0-9]{4}$"}, "run_ab12", "run_ab42"),
        ({"pattern": "^run_[a-z0-9]{4}[.]$"}, "run_ab12.", "run_ab42."),
        ({"pattern": "^[a-z]-[0-9]$"}, "a-1", "job-id-42"),
        ({"pattern": "^(a+)+$"}, "aaa", "job-id-42"),
    ],
)
def test_a_text_that_a_place_allows(schema: dict[str, Any], example: object, found: str) -> None:
    assert identifiers.text(places(schema), "job_id", 42, example) == found


@pytest.mark.parametrize(
    ("pattern", "text", "value", "found"),
    [
        ("took (?P<value>[0-9]+) s", "it took 5 s", 70, "it took 70 s"),
        ("took (?P<value>[0-9]+) s", "it takes 5 s", 70, None),
        ("took (?P<value>[0-9]+) s", "it took 5 s", "long", None),
        ("^(?P<value>.+)$", "all", "new", "new"),
    ],
)
def test_another_value_in_a_sentence(pattern: str, text: str, value: Any, found: str | None) -> None:
    assert replaced(pattern, text, value) == found


@pytest.mark.parametrize(
    ("pattern", "value", "found"),
    [
        ("took (?P<value>[0-9]+) s", 70, "took 70 s"),
        ("^x{3}y{2,}z{1,4}(?P<value>.+)$", "v", "xxxyyzv"),
        ("a*b?c+(?P<value>v)", "v", "cv"),
        ("[0-9]+[a-c](?P<value>v)", "v", "1av"),
        ("\\d\\s\\.(?P<value>v)", "v", "1 .v"),
        ("(?:so|thus): (?P<value>v)", "v", None),
        ("(?P<value>[0-9]+)", "x", None),
    ],
)
def test_a_sentence_that_says_a_value(pattern: str, value: Any, found: str | None) -> None:
    assert prose(pattern, value) == found
