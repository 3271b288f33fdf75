"""What a case prints that does not hold: nothing that a console or CI obeys, and a command that a shell takes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jobclients_contract import Case
from jobclients_contract.failure import compares, curl_of, happened, refuse
from jobclients_contract.source_map import place_in

EVIL = "a\x1b[31m\r\x08\x00\x7f\x85\u2028\u202eb\n::error::forged\n  ::add-mask::x"
RUN: Any = SimpleNamespace(
    vendor="acme",
    mode="sync",
    operations={},
    begin=lambda: None,
    place=lambda locator: f"specs/{EVIL}.yaml",
    story=lambda: [curl_of("POST", f"http://127.0.0.1/{EVIL}", {"X-A": EVIL}, EVIL.encode())],
)


@dataclass(frozen=True, kw_only=True)
class Doing(Case):
    """A line that does something."""

    act: Callable[[], None]

    def hold(self, run: Any) -> None:
        """Do it."""
        self.act()


def failed(act: Callable[[], None]) -> str:
    """What a case says that fails by an act."""
    with pytest.raises(pytest.fail.Exception) as failure:
        Doing(source=EVIL, act=act).check(RUN)
    return str(failure.value)


def mismatch() -> None:
    """A failure in which every text is somebody else's."""
    refuse(EVIL, EVIL, EVIL)


def unforeseen() -> None:
    """An exception of which no case thought."""
    raise ValueError(EVIL)


@pytest.mark.parametrize("act", [mismatch, unforeseen])
def test_a_message_is_printable(act: Callable[[], None]) -> None:
    """Every line is, and none begins with what CI takes for a command, with or without blanks before it."""
    lines = failed(act).split("\n")
    assert [] == [line for line in lines if not line.isprintable()]
    assert [] == [line for line in lines if line.strip().startswith("::")]
    assert "a\\x1b[31m\\r\\x08\\x00\\x7f\\x85\\u2028\\u202eb" in lines[0]
    assert "  | ::error::forged" in lines


def test_an_unforeseen_exception_is_told_with_its_place() -> None:
    """The line of the code that raised it is in the message."""
    message = failed(unforeseen)
    assert message.startswith("acme: ValueError came up: a")
    assert "in unforeseen" in message


def test_a_case_that_looks_at_nothing_fails() -> None:
    """A loop over nothing at all is not a proof of anything, nor is what holds whatever a client does."""
    for nothing in (lambda: None, happened):
        assert "the case compared nothing" in failed(nothing)
    Doing(source="", act=compares).check(RUN)


def pasted(command: str, secret: str, folder: Path) -> list[bytes]:
    """The words that curl is given when a command is pasted into bash."""
    script = f'curl() {{ printf "%s\\0" "$@"; }}; {command}'
    done = subprocess.run(
        ["/bin/bash", "-c", script], env={"SECRET": secret}, cwd=folder, capture_output=True, check=True
    )
    assert [] == list(folder.iterdir())
    return done.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize("secret", ["s3cret", 'it\'s "quoted" $HOME `id`', "a\\b'c", "ü\u202e%2F/&=", "a" * 3])
def test_a_secret_is_masked_and_the_command_works_with_it(secret: str, tmp_path: Path) -> None:
    """Pasted with the secret in the environment, it sends what was sent."""
    headers = {"X-Token": secret, "Authorization": f"Bearer {secret}; it's"}
    body = f"it's {secret}\n::error::{secret}'".encode()
    command = curl_of("POST", "http://127.0.0.1:9/x?a=1&b='", headers, body, ["", secret, secret[:-1]])
    assert secret not in command
    assert command.isprintable()
    words = pasted(command, secret, tmp_path)
    sent = [b"X-Token: " + secret.encode(), f"Authorization: Bearer {secret}; it's".encode()]
    assert [b"-sSg", b"-X", b"POST", b"http://127.0.0.1:9/x?a=1&b='", b"-H", sent[0], b"-H", sent[1]] == words[:8]
    assert [b"--data-raw", body] == words[8:]


def test_a_secret_is_masked_as_urls_and_json_have_it() -> None:
    """Encoded, it is as good as plain."""
    command = curl_of("PUT", "http://127.0.0.1/?key=it%27s%20%22%C3%BC", {}, b'["it\'s \\"\\u00fc"]', ["it's \"ü"])
    assert "curl -sSg -X PUT 'http://127.0.0.1/?key='\"$SECRET\" --data-raw '[\"'\"$SECRET\"'\"]'" == command


def test_a_body_of_any_bytes_is_shown_byte_for_byte(tmp_path: Path) -> None:
    """Also one that is not text."""
    body = bytes(range(1, 256))
    command = curl_of("POST", "http://127.0.0.1/", {"X-Empty": ""}, body)
    assert body == pasted(command, "", tmp_path)[-1]
    assert command.startswith("curl -sSg -X POST http://127.0.0.1/ -H 'X-Empty;' --data-raw $'\\x01")


def test_the_line_comes_from_the_spec_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file, file and line are told; without it, the file."""
    spec, locator = "specs/acme/openapi.yaml", "/paths/~1jobs/get/parameters/query.id"
    monkeypatch.chdir(tmp_path)
    assert spec == place_in(spec, locator)

    elsewhere = tmp_path / "elsewhere"
    (elsewhere / spec).parent.mkdir(parents=True)
    (elsewhere / spec).write_text(
        "paths:\n  /jobs:\n    get:\n      parameters:\n      - {in: query, name: all}\n      - {in: query, name: id}",
        encoding="utf-8",
    )
    monkeypatch.chdir(elsewhere)
    assert f"{spec}:6" == place_in(spec, locator)
