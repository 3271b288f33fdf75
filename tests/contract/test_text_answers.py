"""The checks of answers that are text hold for the clients, and notice one that passes over the character set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .planting import messages

SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme", "version": "1"},
    "servers": [{"url": "https://acme.example"}],
    "paths": {
        "/log": {
            "get": {
                "operationId": "get_log",
                "responses": {
                    "200": {"description": "It.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                },
            }
        }
    },
}


def said(folder: Path) -> list[tuple[str, str]]:
    """What the checks of media types say of a client whose only call returns text."""
    place = folder / "specs/acme/openapi.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(SPEC, indent=1), encoding="utf-8")
    return list(messages("acme", folder, {"BB4"}))


def test_the_character_set_of_a_text_is_obeyed(tmp_path: Path) -> None:
    """Nothing is said of the client as it is."""
    assert [] == said(tmp_path)


def test_a_client_that_reads_every_text_as_utf_8_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By both kinds of clients."""
    monkeypatch.setattr("jobclients_core.judge._text", lambda judge, answer: answer.content.decode(errors="ignore"))
    found = said(tmp_path)

    assert 2 == len(found)
    assert all("a text in 'text/plain; charset=ISO-8859-1'" in text for _, text in found)
