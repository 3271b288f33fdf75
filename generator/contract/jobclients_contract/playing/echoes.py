"""A vendor that repeats what it was sent, in every spelling and in every way in which an answer can go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final
from urllib.parse import quote

from jobclients_contract.cases import Contract, Json
from jobclients_contract.playing.loopback import CLOSE, RESET, Script, answer
from jobclients_contract.reading.places import error_places, filled, header_of, in_body

SPELLINGS: Final[dict[str, Callable[[str], str]]] = {
    "plain": lambda secret: secret,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "url": lambda secret: quote(secret, safe=""),
}
"""How a secret may be repeated."""

_WORDS: Final = ("detail", "message", "error", "reason", "code", "status", "msg", "token")
_STATUSES: Final = (200, 400, 401, 403, 404, 409, 418, 429, 500, 503)

Echo = Callable[[str], Script]


def echoes(contract: Contract) -> dict[str, Echo]:
    """Ways to answer with a text.

    Args:
        contract: says at which places the vendor's words are looked for.
    """
    return {**_words(contract), **_bodies(), **_protocol()}


def said(secrets: Iterable[str], spelling: str) -> str:
    """What is repeated: the secrets in one spelling."""
    return f"you sent {' and '.join(map(SPELLINGS[spelling], secrets))}."


def _words(contract: Contract) -> dict[str, Echo]:
    """Answers of each status, with the text in every place for words."""
    places = [place for about in ("code", "message", "request_id") for place in error_places(contract, about)]

    def by(status: int, text: str) -> Script:
        body: Json = {}
        for word in _WORDS:
            body = filled(body, f"$response.body#/{word}", text)
        for place in places:
            body = filled(body, place, text) if in_body(place) else body
        headers = {header_of(place): text for place in places if header_of(place)}
        return answer(body, status, **headers)

    return {f"words-{status}": partial(by, status) for status in _STATUSES}


def _bodies() -> dict[str, Echo]:
    def page(text: str, status: int = 200) -> Script:
        return answer(f"<p>{text}</p>".encode(), status, Content_Type="text/html")

    return {
        "page": page,
        "page-401": lambda text: page(text, 401),
        "page-502": lambda text: page(text, 502),
        "scalar": lambda text: answer(json.dumps(text).encode()),
        "keys": lambda text: answer({text: {text: text}}),
        "list": lambda text: answer([text, [text]]),
        "truncated": lambda text: answer(f'{{"status": {json.dumps(text)}'.encode()),
        "type": lambda text: answer(b"{}", Content_Type=text),
        "charset": lambda text: answer(b'"\xff"', Content_Type=f"application/json; charset={text}"),
        "gzip": lambda text: answer(text.encode(), Content_Encoding="gzip"),
        "encoding": lambda text: answer(b"{}", 500, Content_Encoding=text),
        "redirect": lambda text: answer(b"", 302, Location=f"/elsewhere?{text}"),
    }


def _protocol() -> dict[str, Echo]:
    return {
        "reset": lambda _: (RESET,),
        "closed": lambda _: (CLOSE,),
        "cut-head": lambda text: (f"HTTP/1.1 500 Whatever\r\nX-Said: {text}".encode(), CLOSE),
        "reset-head": lambda text: (f"HTTP/1.1 500 Whatever\r\nX-Said: {text}".encode(), RESET),
        "cut-body": lambda text: (f"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{text}".encode(), CLOSE),
        "reset-body": lambda text: (f"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{text}".encode(), RESET),
        "no-http": lambda text: (text.encode(), CLOSE),
        "bad-status": lambda text: (f"HTTP/1.1 {text}\r\n\r\n".encode(), CLOSE),
        "bad-header": lambda text: (f"HTTP/1.1 200 OK\r\nbad header {text}\r\n\r\n".encode(), CLOSE),
        "bad-chunk": lambda text: (
            f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}\r\n".encode(),
            CLOSE,
        ),
        "bad-length": lambda text: (f"HTTP/1.1 200 OK\r\nContent-Length: {text}\r\n\r\n".encode(), CLOSE),
        "reason": lambda text: (f"HTTP/1.1 500 {text}\r\nContent-Length: 0\r\n\r\n".encode(),),
    }
