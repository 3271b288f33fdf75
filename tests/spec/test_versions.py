"""Which versions of OpenAPI are read, and what is said of others."""
# ruff: noqa: E501 (a message on a line)

from __future__ import annotations

from typing import Any

import pytest
from spec.small import RESPONSES, said

GET_IT: dict[str, Any] = {"operationId": "get_it", "responses": RESPONSES}


VERSIONS: list[tuple[Any, list[str]]] = [
    ("3.1.0", ['/info missing-key: the info object needs the key "version"']),
    ("3.1.1", ['/info missing-key: the info object needs the key "version"']),
    ("3.1.12", ['/info missing-key: the info object needs the key "version"']),
    ("3.1.0-rc1", ['/info missing-key: the info object needs the key "version"']),
    (
        "3.1",
        [
            '/openapi bad-version: "3.1" lacks the last part of a version (write all three parts: 3.1.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        "3.1.01",
        [
            '/openapi unsupported-version: "3.1.01" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "3.1.x",
        [
            '/openapi unsupported-version: "3.1.x" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "3.0.3",
        [
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        "3.0",
        [
            '/openapi bad-version: "3.0" lacks the last part of a version (write all three parts: 3.0.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        "3.2.0",
        [
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        "3.10.0",
        [
            "/openapi unsupported-version: OpenAPI 3.10.0 is newer than what is read here, 3.0 to 3.2 (write 3.2.0 if nothing newer is used)",
        ],
    ),
    (
        "3.20",
        [
            "/openapi unsupported-version: OpenAPI 3.20 is newer than what is read here, 3.0 to 3.2 (write 3.2.0 if nothing newer is used)",
        ],
    ),
    (
        "4.0",
        [
            "/openapi unsupported-version: OpenAPI 4.0 is newer than what is read here, 3.0 to 3.2 (write 3.2.0 if nothing newer is used)",
        ],
    ),
    (
        "9",
        [
            "/openapi unsupported-version: OpenAPI 9 is newer than what is read here, 3.0 to 3.2 (write 3.2.0 if nothing newer is used)",
        ],
    ),
    (
        "2.0",
        [
            '/openapi unsupported-version: "2.0" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "abc",
        [
            '/openapi unsupported-version: "abc" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "",
        [
            '/openapi unsupported-version: "" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "3.0.999999999999999999999999999999",
        [
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        "3.2.999999999999999999999999999999",
        [
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        3.1,
        [
            '/openapi bad-version: "openapi" is the number 3.1 (write all three parts: 3.1.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (3, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
    (
        3.2,
        [
            '/openapi bad-version: "openapi" is the number 3.2 (write all three parts: 3.2.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (4.0, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
    (True, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
    (None, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
]


UNVERSIONED: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"swagger": "1.2", "info": {}},
        [
            '/swagger unsupported-version: "1.2" is not a version of Swagger that is read here (Swagger 2.0 and OpenAPI 3.0 to 3.2 are)'
        ],
    ),
    (
        {"swagger": 2.0, "info": {}},
        [
            ' missing-key: the root of a spec needs the key "paths"',
            '/info missing-key: the info object needs the key "title"',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        {"info": {"title": "T"}},
        [
            ' missing-key: the root of a spec needs the key "paths"',
            ' missing-version: the key "openapi" is missing, so this is not an OpenAPI document (a spec begins with: openapi: 3.1.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        {"paths": {}},
        [
            ' missing-key: the root of a spec needs the key "info"',
            ' missing-version: the key "openapi" is missing, so this is not an OpenAPI document (a spec begins with: openapi: 3.1.0)',
            "/paths no-operations: there is no operation in this document, so there is nothing to generate (add a path with get, post, put or delete)",
        ],
    ),
    (
        {"components": {}},
        [
            ' missing-version: the key "openapi" is missing, so this is not an OpenAPI document (a spec begins with: openapi: 3.1.0)'
        ],
    ),
    (
        {"swagger": "2.0", "openapi": "3.1.0", "info": {"title": "T", "version": "1"}},
        [' missing-key: the root of a spec needs the key "paths"'],
    ),
]


@pytest.mark.parametrize(("version", "expected"), VERSIONS)
def test_a_version(version: Any, expected: list[str]) -> None:
    """What is read here is looked at further; so is what only lacks a part of its version."""
    assert said({"openapi": version, "info": {"title": "T"}, "paths": {"/it": {"get": GET_IT}}}) == expected


@pytest.mark.parametrize(("data", "expected"), UNVERSIONED)
def test_no_version(data: dict[str, Any], expected: list[str]) -> None:
    assert said(data) == expected
