"""Bodies that arrived, held against what had to be sent."""

from __future__ import annotations

import pytest
from vendorsmith.contract import Json
from vendorsmith.contract.failure import Mismatch
from vendorsmith.contract.judging.arrival import check_body
from vendorsmith.contract.playing.loopback import Request

FORM = "multipart/form-data"
GIVEN: dict[str, Json] = {"a": "it's ü \n", 'q"\r\n%25': {"x": [1, "é"]}, "n": 1}


def part(name: str, content: str, *further: str) -> str:
    """A part of form data."""
    fields = "".join(f"\r\n{line}" for line in further)
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{fields}\r\n\r\n{content}\r\n'


A, Q, N = part("a", "it's ü \n"), part("q%22%0D%0A%25", '{"x":[1,"é"]}'), part("n", "1")


def check(media_type: str, sent: str, content: str, body: Json) -> None:
    """Check a body."""
    check_body(Request(f"POST / HTTP/1.1\r\nContent-Type: {sent}".encode(), content.encode(), 0), media_type, body)


def test_form_data_that_is_right_passes() -> None:
    """Part by part, whatever the boundary."""
    check(FORM, f"{FORM}; boundary=b", f"{A}{Q}{N}--b--\r\n", GIVEN)


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        (f"{FORM}; boundary=c", f"{A}{Q}{N}--b--\r\n"),
        (FORM, f"{A}{Q}{N}--b--\r\n"),
        ("multipart/mixed; boundary=b", f"{A}{Q}{N}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N}"),
        (f"{FORM}; boundary=b", f"{A}{Q}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N}{N}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('m', '1')}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('n', '2')}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('n', '1', 'Content-Type: text/html')}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{part('n', '1', 'X-A: b')}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N.replace('form-data', 'attachment')}--b--\r\n"),
        (f"{FORM}; boundary=b", f"{A}{Q}{N.replace('form-data;', 'form-data; filename=n;')}--b--\r\n"),
        (f"{FORM}; boundary=b", ""),
    ],
)
def test_form_data_that_differs_is_noticed(sent: str, content: str) -> None:
    """Names, contents, media types, files' names, fields, boundaries, ends."""
    with pytest.raises(Mismatch):
        check(FORM, sent, content, GIVEN)


@pytest.mark.parametrize("content", ['{"a": 2, "a": 1}', '{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}', "{", ""])
def test_what_is_no_json_is_refused(content: str) -> None:
    """Python reads more than JSON, and the last of two keys that are the same."""
    with pytest.raises(Mismatch, match="the body is no JSON"):
        check("application/json", "application/json", content, {"a": 1})


def test_json_in_another_encoding_is_refused() -> None:
    """JSON is UTF-8, although Python would read UTF-16."""
    head = b"POST / HTTP/1.1\r\nContent-Type: application/json"
    with pytest.raises(Mismatch, match="the body is no JSON"):
        check_body(Request(head, '{"a": 1}'.encode("utf-16"), 0), "application/json", {"a": 1})
