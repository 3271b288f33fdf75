"""Ordinary words are not secrets, secrets are known in any dress, and answers full of them cost no time."""

from __future__ import annotations

import json
import string
from typing import Any, ClassVar

import httpx2
import pytest
from jobclients_contract.live.encodings import Needles
from jobclients_contract.live.patterns import MASK
from jobclients_contract.live.scrub import MAX_KEPT, MAX_SEEN, MAX_SEEN_LENGTH, Scrubber, TooManyError

from .support import ENVIRONMENTS, TOKEN, VENDORS, Command, Ran, changed, replaced

FILES = ("drift.json", "drift.md", "drift.sarif")


def told_alike(ran: Ran, again: Ran, vendor: str = "alation") -> None:
    """Hold the report of a replay against that of the run."""
    assert (again.code, again.err) == (ran.code, ran.err)
    for name in FILES:
        texts = [(ran.folder / kind / vendor / name).read_text(encoding="utf-8") for kind in ("live", "replay")]
        assert texts[0] == texts[1]


WORDS = [
    *("operation", "requests", "breaking", "exchanges", "arguments", "application/json", "string", "integer", "found"),
    *("successful", "SUCCESSFUL", "succeeded", "bulk_metadata", "get_job", "alation", "specs/alation", "documented"),
    *("redacted", "is documented as", "Unauthorized", "first seen", "rule", "message", "new-job-state", "type-changed"),
]


@pytest.mark.parametrize("body", [{"status": 7}, {"status": "successful"}, {"status": "odd", "odd": 5}], ids=str)
@pytest.mark.parametrize("word", WORDS)
def test_an_ordinary_word_where_secrets_stand_changes_nothing(word: str, body: Any, command: Command) -> None:
    plain = command.live("alation", change=replaced(json.dumps({**body, "session_kind": "5"}).encode()))
    ran = command.live("alation", change=replaced(json.dumps({**body, "session_kind": word}).encode()))

    assert ran.err == ""
    assert ran.code == plain.code == int(body["status"] != "successful")
    for file in (command.folder / "cassettes").glob("*-001.json"):
        file.unlink()
    told_alike(ran, command.replay())
    kept = {**body, **({"odd": 0} if "odd" in body else {}), "session_kind": MASK}
    assert json.loads(ran.cassette)["exchanges"][0]["answer"]["body"] == {"json": kept}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("word", ["status", "string", "json", "bytes", "jobs", "vendor", "breaking", "successful"])
def test_a_credential_that_is_an_ordinary_word_suppresses_nothing(vendor: str, word: str, command: Command) -> None:
    secret = "PASSWORD" if vendor == "datameer" else "TOKEN"

    ran = command.live(vendor, environment={**ENVIRONMENTS[vendor], secret: word})

    assert (ran.code, ran.err) == (0, "")
    assert command.replay().code in (0, 1)


def test_a_credential_that_is_the_name_of_the_vendor_is_masked_where_it_is_echoed(command: Command) -> None:
    environment = {**ENVIRONMENTS["alation"], "TOKEN": "alation"}

    ran = command.live("alation", environment=environment, change=changed(lambda body: {**body, "msg": "is alation"}))

    assert (ran.code, ran.err) == (0, "")
    content = json.loads(ran.cassette)
    assert content["vendor"] == "alation"
    assert content["exchanges"][0]["answer"]["body"]["json"]["msg"] == MASK


def test_what_was_given_is_no_secret_because_it_comes_back(command: Command) -> None:
    given = ("get_job.id=12345678",)

    ran = command.live("alation", arguments=given, change=changed(lambda body: {**body, "session_id": "12345678"}))

    assert json.loads(ran.cassette)["exchanges"][0]["request"]["target"].endswith("?id=12345678")
    told_alike(ran, command.replay())


HUNTER = "hunter2"


def test_what_is_sent_as_a_secret_argument_is_known_though_it_is_short(command: Command) -> None:
    given = (f"validate_access_token.api_access_token={HUNTER}", "validate_access_token.user_id=5")
    echo = replaced(json.dumps({"detail": f"nobody is {HUNTER}, really", HUNTER: 1}).encode())

    ran = command.live("alation", "--allow", "validate_access_token", arguments=given, change=echo)

    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert len(texts) >= 4
    assert not [text for text in (*texts, ran.out, ran.err) if HUNTER in text]
    assert f'"detail": "{MASK}",\n      "{MASK}": 0' in ran.cassette


DISGUISES = {
    "utf-16": TOKEN.encode("utf-16-le"),
    "utf-16-be": TOKEN.encode("utf-16-be"),
    "utf-16-json": json.dumps({"detail": TOKEN}).encode("utf-16-le"),
    "nul": json.dumps({"detail": "\0".join(TOKEN)}).encode(),
    "zero-width": json.dumps({"detail": "\u200b".join(TOKEN), "\ufeff".join(TOKEN): 1}, ensure_ascii=False).encode(),
    "soft-hyphen": json.dumps({"status": "\u00ad".join(TOKEN)}).encode(),
    "upper": json.dumps({"detail": TOKEN.upper(), "status": TOKEN.title(), TOKEN.upper(): 1}).encode(),
    "upper-text": f"<p>{TOKEN.upper()}</p>".encode(),
}


def bare(text: str) -> str:
    """What is left of a text when it is read with an open mind."""
    unescaped = text.encode().decode("unicode_escape")
    return "".join(c for c in unescaped if c.isalnum()).lower()


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_secret_is_known_in_disguise(disguise: str, status: int, command: Command) -> None:
    ran = command.live("alation", change=replaced(DISGUISES[disguise], status))

    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert len(texts) >= 4
    assert not [text for text in (*texts, ran.out, ran.err) if bare(TOKEN) in bare(text)]


@pytest.mark.parametrize(
    ("secret", "text", "kept"),
    [
        ("abcd-1234", "x ABCD-1234 y", f"x {MASK} y"),
        ("straße-8", "x STRASSE-8 y", f"x {MASK} y"),
        ("İstanbul-8", "x İSTANBUL-8 y", f"x {MASK} y"),
        ("pass", "x PASS y", "x PASS y"),
        ("pass", "x pass y", f"x {MASK} y"),
    ],
)
def test_longer_secrets_are_known_in_upper_and_lower_case(secret: str, text: str, kept: str) -> None:
    scrubber = Scrubber()
    scrubber.learn(secret)

    assert scrubber.text(text) == kept


class Counted(str):
    """A text that counts how often its end is compared."""

    __slots__ = ()
    seen: ClassVar[list[str]] = []

    def casefold(self) -> Counted:
        """It, which is in lower case already."""
        return self

    def endswith(self, suffix: Any, *_: Any) -> bool:
        """Compare, and count."""
        Counted.seen.append(suffix)
        return super().endswith(suffix)


def test_no_more_of_a_secret_is_tried_than_a_word_is_long() -> None:
    needles = Needles()
    needles.add([string.ascii_lowercase * 2000], folded=True)
    Counted.seen.clear()

    assert not needles.begins_at_end(Counted("abcdefgh " * 7))

    assert 0 < len(Counted.seen) < 100


@pytest.mark.parametrize("few", [True, False])
def test_needles_are_found_however_many_there_are(few: bool) -> None:
    needles = Needles()
    needles.add((f"needle-{number:04}-{number:04}" for number in range(10 if few else 2000)), folded=True)
    needles.add(["Nee7"], folded=False)

    assert needles.cut("a NEEDLE-0007-0007b needle-0006 Nee7 nee7", "*") == "a *b needle-0006 * nee7"
    assert needles.inside("x Needle-0009-0009")
    assert not needles.inside("nee7")
    assert needles.begins_at_end("it is needle-0003-00")
    assert not needles.begins_at_end("it is needle-0003-01")


def many(number: int, size: int = 20) -> dict[str, Any]:
    """A response with so many secrets of that size."""
    return {"status": "running", "tokens": [f"{index:0{size}}" for index in range(number)]}


@pytest.mark.parametrize(
    "body",
    [many(MAX_SEEN + 1), many(2, MAX_SEEN_LENGTH), {"x": "y" * MAX_KEPT}, {"a": json.dumps({"b": "[" * 9})}],
    ids=["number", "length", "size", "fine"],
)
def test_of_an_answer_with_too_many_secrets_only_the_size_is_kept(body: dict[str, Any], command: Command) -> None:
    whole = {**body, "odd-key_122": 1, "status": "odd-55667788"}
    content = json.dumps(whole).encode()

    ran = command.live("alation", change=replaced(content))

    fine = "a" in body
    (entry,) = json.loads(ran.cassette)["exchanges"]
    kept = {"json": {**whole, "a": MASK, "odd-key_122": 0}}
    assert entry["answer"]["body"] == (kept if fine else {"bytes": len(content)})
    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    for word in ("odd-key_122", "odd-55667788"):
        assert any(word in text for text in (*texts, ran.out)) == fine
    assert {"new-field", "new-job-state"} <= {one["kind"] for one in ran.report("alation")["drift"]}


def test_too_many_secrets_are_not_learnt() -> None:
    scrubber = Scrubber()
    content = json.dumps(many(MAX_SEEN + 1)).encode()

    with pytest.raises(TooManyError):
        scrubber.learn_response([], content)
    scrubber.learn_response([], json.dumps(many(MAX_SEEN)).encode())

    assert scrubber.text(f"{0:020} {MAX_SEEN:020}") == f"{MASK} {MAX_SEEN:020}"


def wrapped(levels: int) -> Any:
    """JSON in a text in JSON in a text, each nested deeply."""
    text = "1"
    for _ in range(levels):
        text = "[" * 190 + json.dumps(text) + "]" * 190
    return text


@pytest.mark.parametrize(
    "content",
    [b"&#" + b"1" * 5000 + b";", json.dumps({"token_x": wrapped(8)}).encode(), json.dumps([wrapped(8)]).encode()],
    ids=["entity", "wrapped-token", "wrapped"],
)
def test_what_python_cannot_read_ends_no_run(content: bytes, command: Command) -> None:
    ran = command.live("alation", change=replaced(content))

    assert (ran.code, ran.err) == (1, "")
    assert ran.report("alation")["drift"]


def test_an_error_of_an_operation_whose_name_sounds_secret_is_told(command: Command) -> None:
    given = ("validate_access_token.api_access_token=tok-77665544", "validate_access_token.user_id=5")
    refusing = replaced(b'{"detail": "token: 12345 of tok-77665544"}', 403)

    ran = command.live("alation", "--allow", "validate_access_token", arguments=given, change=refusing)

    (call,) = ran.report("alation")["calls"]
    assert call["reason"].startswith("validate_access_token: 403 Forbidden")
    assert "12345" not in call["reason"]
    assert "tok-77665544" not in ran.cassette + ran.out


def test_a_request_that_carries_a_secret_in_several_parts_of_its_path_is_masked() -> None:
    scrubber = Scrubber(documented=("jobs",))
    scrubber.learn("abc/def-1", "jobs")

    assert scrubber.target("/x/abc/def-1/jobs?jobs=jobs") == f"/x/{MASK}/jobs?jobs={MASK}"
    assert scrubber.target("/x/abc/%64ef-1") == MASK
    assert not scrubber.leaks_target("/x/jobs")
    assert scrubber.leaks_target("/x/jobs-1")
    assert httpx2.URL(f"https://a.test{scrubber.target('/x/abc/def-1')}").path == f"/x/{MASK}"
