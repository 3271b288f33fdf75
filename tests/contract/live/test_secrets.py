"""No secret survives in a recording, wherever and in whatever spelling it was."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, quote_plus, unquote

import httpx2
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from jobclients_contract.live.allowed import Allowed
from jobclients_contract.live.cassette import Cassette, CassetteError
from jobclients_contract.live.patterns import MASK
from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.live.transports import RecordingTransport, Tape
from jobclients_contract.schema_model.document import Document, Operation

from .support import TOKEN, Command, Wire, changed, replaced

secrets = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=8, max_size=40).filter(
    lambda text: len(set(text)) > 3 and text.strip() == text and not MASK.startswith(text[:2])
)
"""Secrets that cannot be a part of something harmless by chance."""


def b64(text: str) -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent-lower": lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
    "plus": quote_plus,
    "twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": b64,
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "basic": lambda text: "Basic " + b64(f"analyst:{text}"),
    "base64-inside": lambda text: b64(f"x{text}y"),
    "json": json.dumps,
    "json-in-json": lambda text: json.dumps(json.dumps({"deep": [text]})),
    "escaped": lambda text: "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text),
    "html": html.escape,
    "sentence": lambda text: f"the value {text} is refused",
}
Place = Literal["key", "declared", "undeclared", "free", "list", "nested", "prose", "broken", "form"]
PLACES: dict[Place, Callable[[str], Any]] = {
    "key": lambda text: {text: 1},
    "declared": lambda text: {"refresh_token": text},
    "undeclared": lambda text: {"db_password": text},
    "free": lambda text: {"owner": text},
    "list": lambda text: [[{"a": [text]}]],
    "nested": lambda text: {"result": json.dumps({"inner": json.dumps({"x": text})})},
    "prose": lambda text: f"<p>{text}</p>",
    "broken": lambda text: f'{{"owner": "{text}", "other": ',
    "form": lambda text: f"a=1&b={text}&c=2",
}


def body_of(place: Place, text: str) -> bytes:
    """A body with a text at a place."""
    made = PLACES[place](text)
    return made.encode() if isinstance(made, str) else json.dumps(made, ensure_ascii=False).encode()


def variants(kept: str) -> list[str]:
    """What is kept, and what it says when it is read in other ways, as somebody would who looks for secrets."""
    runs = "".join(c if c.isalnum() or c in "+/-_=" else " " for c in kept).split()
    decoded: list[str] = []
    for run in runs:
        for start in range(min(4, len(run))):
            text = run[start:].rstrip("=").replace("-", "+").replace("_", "/")
            text += "=" * (-len(text) % 4)
            try:
                decoded.append(base64.b64decode(text).decode("utf-8", "ignore"))
            except ValueError:
                continue
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), kept)
    once = re.sub(r"\\(.)", r"\1", plain)
    twice = re.sub(r"\\(.)", r"\1", once)
    return [kept, unquote(kept), unquote(unquote(kept)), html.unescape(kept), once, twice, *decoded]


OWN_WORDS = """format vendor demo options calls not_called requests stopped exchanges request method target headers body
answer status json text bytes content-type application/json broken other echo of value refused owner result inner deep
refresh_token db_password session_id access_token"""


def is_own(secret: str) -> bool:
    """Whether a secret is a part of what every recording says, where nothing could be seen of it."""
    return any(secret.lower() in form.lower() for form in (OWN_WORDS, recorded(Tape(Scrubber(), 1, Everything()))))


DOCUMENT = Document({"paths": {"/jobs": {"post": {"operationId": "jobs", "responses": {}}}}})


class Everything(Allowed):
    """Lists everything, so that it is the scrubber alone that takes secrets out."""

    def __init__(self) -> None:
        super().__init__(DOCUMENT)

    def headers(self, operation: Operation | None, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """All of them."""
        return dict(headers)

    def target(self, operation: Operation | None, target: str) -> str:
        """All of it."""
        return target

    def body(self, operation: Operation | None, status: int, content: bytes) -> bytes:
        """All of it."""
        return content


JOBS = DOCUMENT.operations["jobs"]


def recorded(tape: Tape) -> str:
    """The text of a cassette of what passed, without the last look that refuses to write it."""
    exchanges = tape.exchanges()
    return Cassette("demo", {}, (), {}, exchanges, tape.sent).dump(Scrubber())


@dataclass
class Answering(httpx2.BaseTransport):
    """Answers every request alike."""

    response: httpx2.Response

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer."""
        return self.response


def tape_of(scrubber: Scrubber, request: httpx2.Request, response: httpx2.Response) -> Tape:
    """The tape of one exchange."""
    tape = Tape(scrubber, 5, Everything())
    tape.begin(0, JOBS)
    RecordingTransport(Answering(response), tape).handle_request(request)
    return tape


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(
    secret=secrets,
    naming=st.sampled_from(sorted(SPELLINGS)),
    place=st.sampled_from(sorted(PLACES)),
    asked=st.booleans(),
)
@example(secret='qu"ote\\back/slash', naming="json-in-json", place="nested", asked=False)
@example(secret="with space+plus%25", naming="plus", place="form", asked=True)
@example(secret="päss wörd ☃ value", naming="escaped", place="prose", asked=False)
def test_a_known_secret_survives_in_no_spelling_at_no_place(
    secret: str, naming: str, place: Place, asked: bool
) -> None:
    assume(not is_own(secret))
    scrubber = Scrubber(secret_keys=("refresh_token",), documented=("owner", "result"))
    scrubber.learn(secret)
    text = SPELLINGS[naming](secret)
    content = body_of(place, text)
    request = httpx2.Request("POST", "https://v.test/jobs", content=content if asked else b"{}")
    response = httpx2.Response(200, headers={"content-type": "application/json"}, content=b"{}" if asked else content)

    kept = recorded(tape_of(scrubber, request, response))

    assert not [one for one in variants(kept) if secret in one]


WHERE = (
    *("authorization", "bearer", "basic", "x-api-key", "x-crumb", "cookie", "set-cookie", "x-subject-token"),
    *("query", "declared", "undeclared", "answer"),
)
sendable = st.text(string.ascii_letters + string.digits + "!#$%&'*+-./:<=>?@[]^_`{|}~()", min_size=10, max_size=40)


@settings(max_examples=120)
@given(secret=sendable.filter(lambda text: len(set(text)) > 5), where=st.sampled_from(WHERE))
def test_a_secret_that_nobody_told_of_is_known_by_where_it_stands(secret: str, where: str) -> None:
    assume(not is_own(secret))
    scrubber = Scrubber(secret_keys=("refresh_token", "X-Crumb"), documented=("owner",))
    headers: dict[str, str] = {}
    answer_headers = {"content-type": "application/json"}
    target = "/jobs"
    sent: dict[str, Any] = {}
    came = {"owner": f"echo of {secret}"}
    match where:
        case "authorization":
            headers["Authorization"] = secret
        case "bearer":
            headers["Authorization"] = f"Bearer {secret}"
        case "basic":
            headers["Authorization"] = f"Basic {b64('analyst:' + secret)}"
        case "cookie":
            headers["Cookie"] = f"a=b; sid={secret}"
        case "set-cookie":
            answer_headers["Set-Cookie"] = f"sid={secret}; Path=/"
        case "x-subject-token":
            answer_headers["X-Subject-Token"] = secret
        case "query":
            target = f"/jobs?id=5&access_token={quote(secret, safe='')}"
        case "declared":
            sent = {"refresh_token": secret}
        case "undeclared":
            sent = {"auth": {"password": secret}}
        case "answer":
            came = {"owner": f"echo of {secret}", "session_id": secret}
        case _:
            headers[where] = secret
    request = httpx2.Request("POST", f"https://v.test{target}", headers=headers, json=sent)
    response = httpx2.Response(200, headers=answer_headers, json=came)

    kept = recorded(tape_of(scrubber, request, response))

    assert not [one for one in variants(kept) if secret in one]


def test_what_is_no_secret_stays_as_it_is() -> None:
    scrubber = Scrubber(secret_keys=("refresh_token",), documented=("token_status", "owner"))
    scrubber.learn(TOKEN)
    body: dict[str, Any] = {
        "token_status": "ACTIVE",
        "owner": "me",
        "n": 1.0,
        "x": None,
        "big": 10**30,
        "t": "2024-01-01T00:00:00Z",
    }

    assert scrubber.json(body) == body
    assert scrubber.target("/jobs/a%2Fb?status=RUNNING&page=2") == "/jobs/a%2Fb?status=RUNNING&page=2"


def test_only_the_secret_is_cut_out_of_a_text() -> None:
    scrubber = Scrubber()
    scrubber.learn("p/s wörd-1")

    assert scrubber.text("the word p/s wörd-1, p%2Fs%20w%C3%B6rd-1, no more") == f"the word {MASK}, {MASK}, no more"


def test_only_header_fields_of_the_list_are_kept() -> None:
    given = [("X-Request-Id", "5"), ("Content-Type", "application/json"), ("Location", "/x"), ("SUNSET", "soon")]

    assert Scrubber().headers(given, ("content-type", "sunset")) == {
        "content-type": "application/json",
        "sunset": "soon",
    }


@pytest.mark.parametrize("name", ["TOKEN", "PASSWORD", "SECRET_KEY", "ACCESS_KEY", "REFRESH_TOKEN", "AUTH_PASSWORD"])
def test_credentials_of_the_environment_are_known_before_anything_is_sent(name: str) -> None:
    scrubber = Scrubber()
    scrubber.learn_environment(
        "ACME", {f"ACME_{name}": TOKEN, "ACME_PROJECT_ID": "project-1", "OTHER_TOKEN": "another-one"}
    )

    assert scrubber.text(f"{TOKEN} project-1 another-one") == f"{MASK} project-1 another-one"


def test_a_pair_of_user_and_password_is_known_as_it_is_sent() -> None:
    scrubber = Scrubber()
    scrubber.learn_environment("ACME", {"ACME_USERNAME": "analyst", "ACME_PASSWORD": TOKEN})

    assert scrubber.text(f"got {b64('analyst:' + TOKEN)}!") == f"got {MASK}!"


def test_masks_keep_the_shape_and_the_types() -> None:
    scrubber = Scrubber(secret_keys=("secret",))
    scrubber.learn("12345678")

    assert scrubber.json({"secret": {"a": ["x", 5, None, True]}, "n": 12345678, "f": 0.12345678}) == {
        "secret": {"a": [MASK, 0, None, True]},
        "n": 0,
        "f": 0.0,
    }


def test_a_recording_in_which_a_secret_is_left_is_not_written() -> None:
    scrubber = Scrubber()
    scrubber.learn(TOKEN)
    cassette = Cassette("demo", {"project_id": TOKEN}, (), {}, (), 0)

    with pytest.raises(CassetteError, match="a secret was still in the recording"):
        cassette.dump(scrubber)


def test_a_body_that_is_no_text_is_kept_as_its_size() -> None:
    content = TOKEN.encode("utf-16")
    scrubber = Scrubber()
    scrubber.learn(TOKEN)

    assert scrubber.body(content) == {"bytes": len(content)}


def echoing(body: Any) -> Any:
    """A response that says the token in many ways."""
    return {**body, "echo": TOKEN, "msg": f"sent Bearer {TOKEN}", "result": json.dumps({"t": [TOKEN, b64(TOKEN)]})}


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
def test_recording_and_report_of_a_run_hold_no_credential(options: tuple[str, ...], command: Command) -> None:
    ran = command.live("alation", *options, change=changed(echoing))

    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert len(texts) >= 4
    assert not [one for text in (*texts, ran.out, ran.err) for one in variants(text) if TOKEN in one]
    assert MASK in ran.cassette


SEEN = "SESSVALUE-99887766/x~y"
LONG = "".join(map(chr, range(65, 91))) * 4
"""A secret that is cut where it is shown."""


@pytest.mark.parametrize("secret", [SEEN, LONG], ids=["short", "long"])
@pytest.mark.parametrize("where", ["set-cookie", "x-subject-token", "answer"])
@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
def test_nothing_that_a_run_says_holds_what_only_the_scrubber_knows(
    options: tuple[str, ...], where: str, secret: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a process of its own: warnings go to stderr

    def change(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        fields = {"content-type": "application/json"}
        fields |= {"set-cookie": f"sid={secret}; Path=/"} if where == "set-cookie" else {}
        fields |= {"x-subject-token": secret} if where == "x-subject-token" else {}
        body = {**response.json(), "status": f"{'x' * 30} {secret}", secret: {f"in {secret}": [1]}, "fine": 1}
        return httpx2.Response(200, headers=fields, json=body | ({"session_id": secret} if where == "answer" else {}))

    ran = command.live("alation", *options, change=change)
    again = command.replay()

    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    texts += [ran.out, ran.err, again.out, again.err]
    assert len(texts) >= 12
    part = secret[:12]
    assert not [one for text in texts for one in variants(text) if part in one or part.replace("/", "~1") in one]
    drift = ran.report("alation")["drift"]
    assert {"new-enum-value", "new-field"} <= {one["kind"] for one in drift}
    assert any(one["pointer"] == "/fine" and one["message"].endswith("of the type integer") for one in drift)
    assert all(MASK in one["message"] for one in drift if MASK in one["pointer"] + one["found"])
    suggested = json.dumps(ran.report("alation", "overlay.json"))
    assert "fine" in suggested
    assert MASK not in suggested


def test_a_secret_in_a_media_type_is_known_in_lower_case(command: Command) -> None:
    change = replaced(b"{}", content_type="application/SESSVALUE99887766", set_cookie="sid=SESSVALUE99887766")

    ran = command.live("alation", change=change)

    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert not [text for text in (*texts, ran.out) if "sessvalue99887766" in text.lower()]


def careless(scrubber: Scrubber, text: str) -> str:
    """In place of what takes secrets out."""
    return text


def test_a_report_in_which_a_secret_is_left_is_neither_printed_nor_written(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scrubber, "word", careless)
    given = ("--report", str(command.folder / "only"))

    ran = command.run("live", "alation", "--argument", "get_job.id=7", *given, wire=leaky(monkeypatch))

    assert (ran.code, ran.err) == (2, "error: a secret was still in the report, so it was not written\n")
    assert SEEN not in ran.out
    assert list((ran.folder / "only/alation").iterdir()) == []


def leaky(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A vendor that says in an unknown word what is secret."""
    monkeypatch.setenv("ALATION_BASE_URL", "https://acme.test")
    monkeypatch.setenv("ALATION_TOKEN", TOKEN)
    body = json.dumps({"status": SEEN, "session_id": SEEN})
    return Wire("alation", replaced(body.encode()))


def test_a_token_exchange_is_recorded_without_what_it_traded(command: Command) -> None:
    environment = {"BASE_URL": "https://acme.test", "REFRESH_TOKEN": "refresh-1f0e3dad99908345", "USER_ID": "10"}
    handed_out = "access-6512bd43d9caa6e0"

    def change(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        if "createAPIAccessToken" in request.url.path:
            return httpx2.Response(200, json={"api_access_token": handed_out, "user_id": 10})
        return httpx2.Response(200, json={"status": "running", "msg": f"hello {handed_out}"})

    ran = command.live("alation", environment=environment, change=change)

    assert (ran.code, len(ran.sent)) == (0, 2)
    for secret in (environment["REFRESH_TOKEN"], handed_out):
        assert not [one for one in variants(ran.cassette) if secret in one]
    first = json.loads(ran.cassette)["exchanges"][0]
    assert first["request"]["body"] == {"json": {"refresh_token": MASK, "user_id": 0}}
    assert first["answer"]["body"] == {"json": {"api_access_token": MASK, "user_id": 0}}
    assert command.replay().code == 0
