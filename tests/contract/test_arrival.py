"""Bodies, credentials and header fields that arrived, held against what had to be sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from jobclients_contract.assertions.arrival import check_body, check_parts
from jobclients_contract.failure import Mismatch
from jobclients_contract.harness.loopback import Request
from jobclients_contract.schema_model.credentials import Credential
from jobclients_contract.schema_model.document import Content, Operation
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.arriving import Expected, arrived, check_credentials
from jobclients_contract.suite.running import CallResult

FORM = "multipart/form-data"
GIVEN: tuple[tuple[str, Json], ...] = (
    ("a", "it's ü \n"),
    ('q"\r\n%25', {"x": [1, "é"]}),
    ("n", "1"),
    ("l", "2"),
    ("l", "b"),
)


def part(name: str, content: str, *further: str) -> str:
    """A part of form data."""
    fields = "".join(f"\r\n{line}" for line in further)
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{fields}\r\n\r\n{content}\r\n'


JSON = "Content-Type: application/json"
A, Q, N = part("a", "it's ü \n"), part("q%22%0D%0A%25", '{"x":[1,"é"]}', JSON), part("n", "1")
L, TOGETHER = part("l", "2") + part("l", "b"), part("l", '[2,"b"]', JSON)


def check(media_type: str, sent: str, content: str, body: Json) -> None:
    """Check a body."""
    check_body(Request(f"POST / HTTP/1.1\r\nContent-Type: {sent}".encode(), content.encode(), 0), media_type, body)


def check_form(sent: str, content: str) -> None:
    """Check form data."""
    check_parts(Request(f"POST / HTTP/1.1\r\nContent-Type: {sent}".encode(), content.encode(), 0), GIVEN)


def test_form_data_that_is_right_passes() -> None:
    """Part by part, whatever the boundary."""
    check_form(f"{FORM}; boundary=b", f"{A}{Q}{N}{L}--b--\r\n")


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        (f"{FORM}; boundary=c", f"{A}{Q}{N}{L}--b--\r\n"),
        (FORM, f"{A}{Q}{N}{L}--b--\r\n"),
        ("multipart/mixed; boundary=b", f"{A}{Q}{N}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N}{L}"),
        (f"{FORM}; boundary=b", f"{A}{Q}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N}{N}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('m', '1')}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('n', '2')}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('n', '1', 'Content-Type: text/html')}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('n', '1', 'X-A: b')}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N.replace('form-data', 'attachment')}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N.replace('form-data;', 'form-data; filename=n;')}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q.replace(JSON, 'Content-Type: text/plain')}{N}{L}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N}{TOGETHER}--b--\r\n"),
        (f"{FORM}; boundary=b", ""),
    ],
)
def test_form_data_that_differs_is_noticed(sent: str, content: str) -> None:
    """Names, contents, media types, files' names, fields, boundaries, ends."""
    with pytest.raises(Mismatch):
        check_form(sent, content)


@pytest.mark.parametrize("content", ['{"a": 2, "a": 1}', '{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}', "{", ""])
def test_what_is_no_json_is_refused(content: str) -> None:
    """Python reads more than JSON, and the last of two keys that are the same."""
    with pytest.raises(Mismatch, match="the body is not JSON"):
        check("application/json", "application/json", content, {"a": 1})


def test_json_in_another_encoding_is_refused() -> None:
    """JSON is UTF-8, although Python would read UTF-16."""
    head = b"POST / HTTP/1.1\r\nContent-Type: application/json"
    with pytest.raises(Mismatch, match="the body is not JSON"):
        check_body(Request(head, '{"a": 1}'.encode("utf-16"), 0), "application/json", {"a": 1})


IN_QUERY = Credential("Token", "key", {"value": "t0 k+n"}, query=(("api key", "t0 k+n"),))
IN_HEADER = Credential("Token", "key", {"value": "t0/k+n"}, headers={"x-key": "t0/k+n"})


def running(*credentials: Credential) -> Any:
    """As much of a run as arrived requests are held against."""
    clients = SimpleNamespace(package="jobclients", server=SimpleNamespace(host="v"))
    return SimpleNamespace(credentials=credentials, clients=clients)


def carry(credential: Credential, target: str, *fields: str) -> None:
    """Check the credential of a request."""
    head = "\r\n".join((f"GET {target} HTTP/1.1", *fields))
    check_credentials(running(credential), Request(head.encode(), b"", 0), [credential])


def test_a_credential_where_it_belongs_passes() -> None:
    """In the query, or in a header field."""
    carry(IN_QUERY, "/jobs?a=1&api%20key=t0%20k%2Bn&b")
    carry(IN_HEADER, "/jobs?a=1", "X-Key: t0/k+n")


@pytest.mark.parametrize(
    "target",
    [
        "/jobs",
        "/jobs?a=1",
        "/jobs?api%20key=other",
        "/jobs?api%20key",
        "/jobs?api%20key=t0%20k%2Bn&api%20key=t0%20k%2Bn",
        "/jobs?api%20key=t0%20k%2Bn&api%20key=other",
        "/jobs?api%20key=t0%20k+n",
        "/jobs/api%20key=t0%20k%2Bn",
    ],
)
def test_a_credential_of_the_query_is_there_once(target: str) -> None:
    """Not missing, not twice, not another, not elsewhere."""
    with pytest.raises(Mismatch, match="the parameter api key of the credential"):
        carry(IN_QUERY, target)


@pytest.mark.parametrize("target", ["/jobs?token=t0/k+n", "/jobs?x-key=t0%2Fk%2Bn", "/jobs/t0%2fk+n"])
def test_a_token_of_a_header_does_not_stand_in_the_target(target: str) -> None:
    """Targets are logged by every proxy."""
    with pytest.raises(Mismatch, match="is in the request target"):
        carry(IN_HEADER, target, "X-Key: t0/k+n")


CALL = Operation("get_job", "GET", "/", "", (), Content(), (), (), True, None, False, (), {})


def encoded(*fields: str) -> None:
    """Check the header fields of a request."""
    lines = ("GET / HTTP/1.1", "Host: v", "Accept: application/json", "User-Agent: jobclients/0.1", *fields)
    called = CallResult(None, None, [Request("\r\n".join(lines).encode(), b"", 0)], [])
    arrived(running(), CALL, called, Expected("GET /", {}, None, ()))


def test_encodings_that_every_client_reads_pass() -> None:
    """In whatever order."""
    encoded("Accept-Encoding: gzip, deflate")
    encoded("Accept-Encoding: deflate,gzip")


@pytest.mark.parametrize("fields", [[], ["gzip"], ["gzip, deflate, br"], ["gzip, deflate, zstd"], ["identity"], ["*"]])
def test_other_encodings_are_noticed(fields: list[str]) -> None:
    """What is asked for and cannot be read comes as garbage."""
    with pytest.raises(Mismatch, match="accept-encoding"):
        encoded(*(f"Accept-Encoding: {value}" for value in fields))
