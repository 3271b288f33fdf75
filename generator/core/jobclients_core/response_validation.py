"""Finds where a response differs from what its operation documents: status, header fields and body."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from .decode import UnreadableError, media_matches, parse_json
from .drift import DriftKind
from .errors import JobClientsError
from .expressions import ABSENT, BODY, ResponseContext, first_text, pointer_in, source_of
from .flow import HttpResponse
from .media_types import essence
from .openapi import DocumentedResponse, OpenApi, pointer_of
from .operation import TEXT, Operation, Vendor
from .pointers import join, split
from .response_parser import ResponseParser, parse_response, readable_results
from .schema_validation import Comparer, Difference
from .statuses import is_success, lookup

_PAGES: Final = ("text/html", "application/xhtml+xml")


class ResponseValidator:
    """Compares the responses of a vendor with its document.

    Args:
        vendor: What all operations of the vendor share.
        openapi: Its document.
    """

    def __init__(self, vendor: Vendor, openapi: OpenApi) -> None:
        self._vendor = vendor
        self._openapi = openapi
        self._comparer = Comparer(openapi.schemas)

    def differences(
        self, operation: Operation[Any], response: HttpResponse, parser: ResponseParser
    ) -> Iterator[Difference]:
        """What differs, but for what a documented example shows as well.

        Args:
            operation: What was called.
            response: The response, read completely.
            parser: Reads the call's responses; knows refusals.
        """
        yield from _announcements(response)
        for one in self._all(operation, response, parser):
            if one.fact not in self._shown_by_examples:
                yield one

    @cached_property
    def _shown_by_examples(self) -> frozenset[tuple[Any, ...]]:
        """The facts of documented examples, which therefore are documented: a sentence where JSON is, for one."""
        return frozenset(
            one.fact
            for documented in self._openapi.all_responses
            if documented.body is not None
            for example in documented.bodies
            for one in self._comparer.differences(example, documented.body)
        )

    def _all(self, operation: Operation[Any], response: HttpResponse, parser: ResponseParser) -> Iterator[Difference]:
        success = is_success(response.status)
        entry: Any = lookup(operation.returns if success else operation.raises, response.status, ABSENT)
        documented = self._openapi.response(operation, response.status) or DocumentedResponse()
        if entry is ABSENT:
            yield from self._undocumented(operation, response, parser)
        elif success and parser.envelope is not None and parser.refusal(response, parser.context(response)) is not None:
            return
        else:
            yield from _missing_headers(operation, response, documented)
            if operation.method.upper() == "HEAD":
                return
            if success:
                yield from self._success(operation, response, entry, documented)
            elif isinstance(entry, str):
                yield from self._error(operation, response, documented, parser)

    def _undocumented(
        self, operation: Operation[Any], response: HttpResponse, parser: ResponseParser
    ) -> Iterator[Difference]:
        """A status that is not documented; a success that the client reads nonetheless is compared as what it is."""
        redirect, success = 300 <= response.status < 400, is_success(response.status)
        readable = success and self._is_readable(operation, response, parser)
        listed = ", ".join(map(str, (*operation.returns, *operation.raises)))
        spec = f"{pointer_of(operation)}/responses"
        kind: DriftKind = "redirect" if redirect else "undocumented-status"
        unread = redirect or (success and not readable)
        yield Difference(kind, (), listed, str(response.status), spec, breaking=unread)
        if readable:
            results = readable_results(operation, response)
            documented = {entry: key for key, entry in operation.returns.items() if entry in results}
            bodies = [
                list(self._success(operation, response, entry, self._openapi.responses(operation)[key]))
                for entry, key in documented.items()
                if key in self._openapi.responses(operation)
            ]
            yield from min(bodies, key=lambda found: any(one.breaking for one in found), default=())

    def _is_readable(self, operation: Operation[Any], response: HttpResponse, parser: ResponseParser) -> bool:
        try:
            parse_response(parser, operation, self._vendor, response)
        except JobClientsError:
            return False
        return True

    def _success(
        self, operation: Operation[Any], response: HttpResponse, entry: Any, documented: DocumentedResponse
    ) -> Iterator[Difference]:
        place = f"{pointer_of(operation)}/responses"
        media = _media(response)
        if not isinstance(entry, str):
            page = media in _PAGES and not media_matches(media, operation.accept)
            if response.content and (entry is None or (entry is TEXT and page)):
                expected = "no body" if entry is None else "a text"
                yield Difference("content-type", (), expected, media, place, breaking=page)
        elif not response.content:
            yield Difference("empty-body", (), entry, "nothing", place, breaking=True)
        elif not media_matches(response.headers.get("content-type"), operation.accept):
            expected = ", ".join(operation.accept) or "application/json"
            yield Difference("content-type", (), expected, media, place, breaking=True)
            body = self._body(operation, response, documented)
            yield from (one for one in body if one.kind != "not-json" or one.pointer)
        else:
            yield from self._body(operation, response, documented)

    def _body(
        self, operation: Operation[Any], response: HttpResponse, documented: DocumentedResponse
    ) -> Iterator[Difference]:
        try:
            body = parse_json(response.content)
        except UnreadableError as error:
            spec = f"{pointer_of(operation)}/responses"
            reason = re.split(r": | \(", str(error), maxsplit=1)[0]  # not where: that differs each time
            yield Difference("not-json", (), "JSON", reason, spec, breaking=True)
            return
        if documented.body is not None:
            yield from self._comparer.differences(body, documented.body)

    def _error(
        self, operation: Operation[Any], response: HttpResponse, documented: DocumentedResponse, parser: ResponseParser
    ) -> Iterator[Difference]:
        """An error's body: whatever keeps it, its code or its message from being read is one kind of drift."""
        spec = f"{pointer_of(operation)}/responses"
        if not response.content:
            yield Difference("error-body", (), "a body", "nothing", spec, breaking=True)
            return
        if not media_matches(response.headers.get("content-type"), ()):
            yield Difference("error-body", (), "application/json", _media(response), spec, breaking=True)
            return
        codes, legible = self._vendor.errors.code, True
        for one in self._body(operation, response, documented):
            legible = legible and not one.breaking
            if one.breaking:
                yield replace(one, kind="error-body")
            elif one.kind == "new-enum-value" and f"{BODY}{join('', *one.pointer)}" in codes:
                yield replace(one, kind="new-error-code")
            else:
                yield one
        if legible:
            yield from self._lost(parser.context(response), documented)

    def _lost(self, context: ResponseContext, documented: DocumentedResponse) -> Iterator[Difference]:
        """A code or a message that the documented examples of such an error have, and this one has not."""
        errors = self._vendor.errors
        for name, places in (("code", errors.code), ("message", errors.message)):
            if first_text(places, context) is None:
                place = self._openapi.always_at(places, documented)
                if place is not None:
                    pointer = split(pointer_in(source_of(place)))
                    yield Difference("error-body", pointer, f"a {name}", "nothing", f"/x-errors/{name}", breaking=True)


def _missing_headers(
    operation: Operation[Any], response: HttpResponse, documented: DocumentedResponse
) -> Iterator[Difference]:
    for name, header in documented.headers.items():
        if header.required and name not in response.headers:
            spec = header.schema.spec.removesuffix("/schema")
            yield Difference("missing-header", (), name, "nothing", spec, breaking=True)


def _announcements(response: HttpResponse) -> Iterator[Difference]:
    """What the headers of RFC 9745 and RFC 8594 say of the operation's end."""
    for name in ("deprecation", "sunset"):
        value = response.headers.get(name)
        if value is not None:
            yield Difference("deprecation", (), f"no header {name.title()}", f"{name.title()}: {_timestamp(value)}", "")


def _timestamp(value: str) -> str:
    """The day that a header names; its text may be anything."""
    text = value.strip()
    try:
        if re.fullmatch(r"@[0-9]{1,11}", text):
            return datetime.fromtimestamp(int(text[1:]), UTC).date().isoformat()
        if text.lower() == "true":
            return "true"
        return email.utils.parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return "an unreadable date"


def _media(response: HttpResponse) -> str:
    """The media type without its parameters; its words are from the vendor, and show only if they look like one."""
    name = essence(response.headers.get("content-type") or "none")
    return name if re.fullmatch(r"none|[a-z]{1,20}/[a-z0-9.+-]{1,60}", name) else "none that is valid"
