"""Answers, folders and recordings of any kind neither break a run nor take secrets out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jobclients_contract.live.lossless import DEEPEST
from jobclients_contract.live.patterns import MASK
from jobclients_contract.live.scrub import MAX_KEPT, Scrubber

from .support import GENERATED, ROOT, TOKEN, Change, Command, changed, replaced

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4"


@pytest.mark.parametrize(
    "key", ["pwd", "db_pwd", "jwt", "bearer", "private_key", "privateKey", "sig", "X-Sig", "url_sig", "sig-v2"]
)
def test_common_names_of_secrets_are_known(key: str) -> None:
    scrubber = Scrubber()

    assert scrubber.json({key: "hunter2-7788"}) == {key: MASK}
    assert scrubber.prose(f"x {key}=hunter2-7788") == f"x {key}={MASK}"
    assert scrubber.target(f"/jobs?{key}=hunter2-7788") == f"/jobs?{key}={MASK}"


@pytest.mark.parametrize("key", ["signal", "design", "assigned", "sigma"])
def test_a_part_of_another_word_is_no_signature(key: str) -> None:
    assert Scrubber().json({key: "value-1"}) == {key: "value-1"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("at postgres://analyst:hunter2@db.test/x", f"at postgres://{MASK}@db.test/x"),
        (r"at https:\/\/u:p@w\/x", rf"at https:\/\/{MASK}@w\/x"),
        ("https://ghp_0123456789@git.test/x", f"https://{MASK}@git.test/x"),
        ("https://git.test/x?mail=a@b.test", "https://git.test/x?mail=a@b.test"),
        (f"hello {JWT}!", f"hello {MASK}!"),
        (f"t:{JWT}", f"t:{MASK}"),
        (f"/x/{JWT}/y", f"/x/{MASK}/y"),
        (f"Bearer%20{JWT}", f"Bearer%20{MASK}"),
        ("eyJust.one.word and more", f"{MASK} and more"),
        ("money.js and keyJar.x", "money.js and keyJar.x"),
        (f"in hex {TOKEN.encode().hex()}, {TOKEN.encode().hex().upper()}", f"in hex {MASK}, {MASK}"),
    ],
)
def test_secrets_that_show_by_their_form_are_cut_out_of_any_text(text: str, kept: str) -> None:
    scrubber = Scrubber()
    scrubber.learn(TOKEN)

    assert scrubber.text(text) == kept
    assert scrubber.json({"owner": [text]}) == {"owner": [kept]}


def nested(depth: int) -> bytes:
    """JSON that is nested so deep."""
    return b'{"status": "running", "x": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("depth", [150, DEEPEST + 1, 900, 100_000])
def test_an_answer_that_is_nested_deep_loses_no_run(depth: int, command: Command) -> None:
    ran = command.live("huawei_dli", change=replaced(nested(depth)))

    bodies = [entry["answer"]["body"] for entry in json.loads(ran.cassette)["exchanges"]]
    assert len(bodies) == 2
    too_deep = {"bytes": len(nested(depth))}
    shallow: list[Any] = [{"json": {"status": status, "x": [[]]}} for status in ("running", MASK)]
    assert bodies == (shallow if depth < DEEPEST else [too_deep, too_deep])
    assert "# Drift of huawei_dli" in ran.out
    assert ran.report("huawei_dli")["requests"] == 2
    assert command.replay().err in ("", "error: huawei_dli answered no call\n")


def test_half_of_a_surrogate_pair_is_recorded(command: Command) -> None:
    half = b'{"status": "\\ud800", "\\udfff": 1, "msg": "a\\ud800"}'
    ran = command.live("alation", change=replaced(half))

    (entry,) = json.loads(ran.cassette)["exchanges"]
    assert entry["answer"]["body"] == {"json": {"status": "\ud800", f"{MASK}-1": 0, "msg": MASK}}
    again = command.replay()
    assert again.report("alation", kind="replay") == ran.report("alation")


def test_a_recording_is_written_whole_or_not_at_all(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        write(self, content[:10])
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        ran = command.live("alation")

    assert (ran.code, list((ran.folder / "cassettes").iterdir())) == (2, [])
    assert ran.err.endswith(": No space left on device\n")
    command.live("alation")
    assert [file.name for file in (ran.folder / "cassettes").iterdir()] == ["alation-001.json"]


@pytest.mark.parametrize("option", ["--record", "--report"])
def test_a_folder_that_cannot_be_written_is_found_before_the_vendor_is_asked(
    option: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    ran = command.live("alation", option, str(tmp_path / "file/inside"))

    assert (ran.code, ran.sent) == (2, [])
    assert ran.err.startswith(f"error: {tmp_path / 'file'}")
    assert ran.err.count("\n") == 1


DEEP = "[" * 100_000
Damage = Callable[[Any], Any]


def put(pointer: str, value: Any) -> Damage:
    """Set a place of a recording."""

    def change(content: Any) -> Any:
        node = content
        *parents, last = pointer.split("/")
        for part in parents:
            node = node[int(part)] if isinstance(node, list) else node[part]
        node[last] = value
        return content

    return change


REQUEST, ANSWER = "exchanges/0/request/", "exchanges/0/answer/"
DAMAGES: list[tuple[Damage, str]] = [
    (put("vendor", "v" * 5000), "is damaged (vendor should be a name)"),
    (put("vendor", "../../evil"), "is damaged (vendor should be a name)"),
    (put("vendor", None), "is damaged (vendor should be a text)"),
    (put("vendor", "nobody"), "no contract of 'nobody' in "),
    (put("options", ["a"]), "is damaged (options should be an object)"),
    (put("options", {"odd": "x"}), "huawei_dli has no option 'odd'"),
    (put("options", {"auth": "x"}), "huawei_dli has no option 'auth'"),
    (put("options", {"project_id": 5}), "is damaged (options should hold texts)"),
    (put("options", {}), "the client cannot be called as recorded ("),
    (put("calls", {}), "is damaged (calls should be a list)"),
    (put("calls", [5]), "is damaged (a call should be an object)"),
    (put("calls/0/operation", "__class__"), "huawei_dli has no operation '__class__' any more"),
    (put("calls/0/arguments", ["x"]), "is damaged (arguments should be an object)"),
    (put("calls/0/arguments", {"odd\x1b[2J": 1}), "has no argument 'odd [2J' any more"),
    (put("calls/0/arguments", {"self": 1}), "has no argument 'self' any more"),
    (put("calls/0/arguments", {}), "takes more arguments now: --argument show_sql_job_status.job_id=..."),
    (put("calls/0/arguments", {"job_id": {"a": 1}}), "the argument job_id of show_sql_job_status is of another type"),
    (put("calls/0/arguments", {"job_id": "\ud800"}), "is damaged (arguments should hold Unicode)"),
    (put("not_called", ["x"]), "is damaged (not_called should be an object)"),
    (put("not_called", {"x": 5}), "is damaged (not_called should hold texts)"),
    (put("requests", "many"), "is damaged (requests should be an integer from 0 to "),
    (put("requests", -1), "is damaged (requests should be an integer from 0 to "),
    (put("stopped", "\x1b[2J::error::x"), "is damaged (stopped is not a reason that is known)"),
    (put("format", True), "has the format true, and 1 is wanted"),
    (put("format", "1" * 5000), "and 1 is wanted"),
    (put("exchanges", 5), "is damaged (exchanges should be a list)"),
    (put("exchanges", [None]), "is damaged (an exchange should be an object)"),
    (put("exchanges/0/call", -1), "is damaged (call should be an integer from 0 to "),
    (put(f"{REQUEST}body", ["x"]), "is damaged (body should be an object)"),
    (put(f"{REQUEST}headers", {"accept": 5}), "is damaged (headers should hold texts)"),
    (put(f"{REQUEST}target", 5), "is damaged (target should be a text)"),
    (put(f"{ANSWER}body", {"bytes": 10**10}), "is damaged (bytes should be an integer from 0 to "),
    (put(f"{ANSWER}body", {"bytes": True}), "is damaged (bytes should be an integer from 0 to "),
    (put(f"{ANSWER}body", {"text": 5}), "is damaged (text should be a text)"),
    (put(f"{ANSWER}body", {"odd": 5}), "is damaged (body should have json, text or bytes)"),
    (put(f"{ANSWER}headers", {"content-encoding": "gzip"}), "is damaged (headers should be of content-type, "),
    *[
        (put(f"{ANSWER}status", status), "is damaged (status should be an integer from 100 to 999)")
        for status in (-5, 10, 10**30, True, None, "200")
    ],
]


@pytest.mark.parametrize(("damage", "said"), DAMAGES, ids=[f"{n}-{said[:40]}" for n, (_, said) in enumerate(DAMAGES)])
def test_a_damaged_recording_is_one_line(damage: Damage, said: str, command: Command) -> None:
    ran = command.live("huawei_dli")
    (file,) = (ran.folder / "cassettes").iterdir()
    file.write_text(json.dumps(damage(json.loads(ran.cassette))), encoding="utf-8")

    again = command.replay()

    assert (again.code, again.out) == (2, "")
    assert again.err.startswith("error: ")
    assert said in again.err
    assert again.err.endswith("\n")
    assert again.err[:-1].isprintable()
    assert len(again.err) < 500


@pytest.mark.parametrize("text", [DEEP, f'{{"format": 1, "vendor": {DEEP}', nested(DEEPEST + 1).decode()])
def test_a_recording_that_is_nested_too_deeply_is_told(text: str, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text(text, encoding="utf-8")

    ran = command.run("replay", str(file))

    assert (ran.code, ran.err) == (2, f"error: {file}: is damaged (nested too deeply)\n")


def test_what_a_recording_says_for_people_is_printed_in_one_line(command: Command) -> None:
    ran = command.live("huawei_dli")
    (file,) = (ran.folder / "cassettes").iterdir()
    content = json.loads(ran.cassette)
    content["not_called"] = {"odd\x1b[2J": "because\n::error::of \x9b2J" + "x" * 5000}
    content["calls"][0]["reason"] = "never\r\x1b[0m shown"
    file.write_text(json.dumps(content), encoding="utf-8")

    again = command.replay()

    assert again.code == 0
    assert "| `odd [2J` | `because ::error::of 2Jxxx" in again.out
    assert [line for line in again.out.split("\n") if not line.isprintable()] == []
    assert max(map(len, again.out.split("\n"))) < 1000


def test_header_fields_beyond_ascii_are_replayed(command: Command) -> None:
    ran = command.live("alation", change=replaced(b"{}", content_type="text/pläin"))

    again = command.replay()

    assert again.report("alation", kind="replay") == ran.report("alation")


def test_of_a_large_body_only_the_size_is_kept() -> None:
    scrubber = Scrubber()
    large = json.dumps(list(range(200_000))).encode()

    assert len(large) > MAX_KEPT
    assert scrubber.body(large) == {"bytes": len(large)}
    assert scrubber.body(large[:MAX_KEPT]) == {"text": large[:MAX_KEPT].decode()}


def test_numbers_are_compared_with_secrets_that_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    scrubber = Scrubber()
    scrubber.learn("87654321", "1e+30", "secret-12")

    def looked(_: Scrubber, text: str) -> bool:
        raise AssertionError(text)

    monkeypatch.setattr(Scrubber, "carries", looked)

    assert scrubber.json([1, 87654321, 1.87654321, 1e30, 12, -5.5]) == [1, 0, 0.0, 0.0, 12, -5.5]


def test_why_a_call_failed_is_told_without_secrets(command: Command) -> None:
    ran = command.live("alation", change=replaced(f'{{"detail": "{TOKEN} and {JWT} may not"}}'.encode(), 403))
    again = command.replay()

    (call,) = ran.report("alation")["calls"]
    assert call["result"] == "PermissionDenied 403"
    assert call["reason"] == "get_job: 403 Forbidden"
    assert f"{call['result']}: get_job: 403 Forbidden" in ran.out
    assert not [text for text in (TOKEN, JWT) if text in ran.out + ran.cassette]
    assert again.report("alation", kind="replay") == ran.report("alation")


SAID = "9f8e7d6c5b4a"
"""No known secret, of no form that shows."""

FAILING: dict[str, tuple[Change, str]] = {
    "redirect": (
        replaced(b"", 302, location=f"https://files.example.com/d/{SAID}/file.csv"),
        "get_job: 302 Found",
    ),
    "code": (
        replaced(f'{{"code": "No account of {SAID} with PIN 4711", "detail": "no"}}'.encode(), 400),
        "get_job: 400 Bad Request",
    ),
    "word": (replaced(b'{"code": "E-17", "detail": "no"}', 400), "get_job: 400 Bad Request [E-17]"),
    "media-type": (
        replaced(b"<p>", content_type=f"text/html; sid={SAID}"),
        "get_job: 200 OK, content type text/html",
    ),
    "pointer": (
        changed(lambda body: {**body, "status": {SAID: 1}}),
        "get_job: 200 OK, at /status, content type application/json",
    ),
}


@pytest.mark.parametrize("failing", FAILING)
def test_why_a_call_failed_is_told_in_listed_parts(failing: str, command: Command) -> None:
    change, reason = FAILING[failing]

    ran = command.live("alation", change=change)

    assert ran.report("alation")["calls"][0]["reason"] == reason
    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert not [text for text in (*texts, ran.out, ran.err) if SAID in text]
    assert command.replay().report("alation", kind="replay") == ran.report("alation")


def test_a_lost_connection_is_told_by_its_class(command: Command) -> None:
    def lost(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        raise httpx2.ConnectError(f"no way to {SAID}")

    ran = command.live("alation", change=lost)
    again = command.replay()

    assert ran.report("alation")["calls"][0]["reason"] == "get_job: ConnectFailed"
    assert SAID not in ran.cassette
    assert again.report("alation", kind="replay") == ran.report("alation")


SESSION = "SESSVALUE-99887766"


@pytest.mark.parametrize("secret", [TOKEN, SESSION], ids=["own", "seen"])
@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("form", ["{}", "the {} is"])
def test_a_replay_tells_of_masked_values_as_the_run_did(form: str, status: int, secret: str, command: Command) -> None:
    text = form.format(secret)

    def change(body: Any) -> Any:
        return {**body, "status": text, text: {"a": 1}, "msg": {text: [text]}, "detail": text, "session_id": SESSION}

    def answer(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        made = changed(change)(request, response)
        made.status_code = status
        return made

    ran = command.live("alation", change=answer)
    again = command.replay()

    assert len(ran.report("alation")["drift"]) >= 1
    for name in ("drift.md", "drift.json", "drift.sarif"):
        texts = [(ran.folder / kind / "alation" / name).read_text(encoding="utf-8") for kind in ("live", "replay")]
        assert texts[0] == texts[1]
        assert secret not in texts[0]
    assert (again.code, again.err) == (ran.code, ran.err)


def test_a_reader_that_has_had_enough_ends_the_command_quietly() -> None:
    command = [sys.executable, "-m", "jobclients_contract", "coverage", "alation", "--generated", GENERATED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_make_says_that_a_vendor_is_needed() -> None:
    ran = subprocess.run(
        ["make", "-s", "-o", ".venv/.ready", "contract-live", "VENDOR="],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("name a vendor: make contract-live VENDOR=...\n")
