"""The operations of a job type, and what identifies its jobs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final
from urllib.parse import quote

from jobclients_contract.schema_model.document import (
    Document,
    DocumentedResponse,
    Operation,
    Parameter,
    listed,
    objects,
)
from jobclients_contract.schema_model.expected_errors import status_of
from jobclients_contract.schema_model.job_reader import JobReader
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, entry, find, texts
from jobclients_contract.schema_model.shapes import Part
from jobclients_contract.schema_model.values import Json

MADE_UP: Final = "made-up"


class JobCalls:
    """The calls of a job type.

    Args:
        document: the document.
        name: of the type in Python.
    """

    def __init__(self, document: Document, name: str) -> None:
        known = objects(document.data.get("x-jobs"))
        self.wire = name if name in known else name.rstrip("_")
        self.document = document
        self.name = name
        self.spec = known.get(self.wire)
        self.where = f"/x-jobs/{self.wire}"
        self.reader = JobReader(self.spec)

    def holder(self, role: str) -> dict[str, Json]:
        """What is said of a role; ``discover`` is one, too."""
        return objects(entry(self.spec, role) if role == "discover" else entry(self.spec, "operations", role))

    def operation(self, role: str) -> Operation | None:
        """The call of a role."""
        return self.document.operations.get(str(self.holder(role).get("operationId", "")))

    @property
    def operations(self) -> list[Operation]:
        """The calls of all roles."""
        roles = (*objects(entry(self.spec, "operations")), "discover")
        return [operation for role in roles if (operation := self.operation(role)) is not None]

    def called(self, role: str) -> Operation:
        """The call of a role that is there."""
        found = self.operation(role)
        assert found is not None, role
        return found

    @property
    def identity(self) -> dict[str, Json]:
        """The fields of the identity."""
        return objects(entry(self.spec, "identity"))

    def fields(self) -> dict[str, Json]:
        """Where facts are."""
        return objects(entry(self.spec, "fields"))

    def of_client(self, name: str) -> bool:
        """Whether the client knows a field of the identity."""
        return any(place.startswith("$client.") for place in texts(entry(self.identity[name], "from")))

    def elsewhere(self, role: str) -> dict[str, Json]:
        """Another place than the client's, as far as the call of a role takes one: documented where there is one."""
        operation = self.operation(role)
        taken = {item.wire: item for item in operation.parameters} if operation is not None else {}
        known = [name for name in self.identity if self.of_client(name) and name in taken]
        return {name: next(iter(taken[name].examples.values()), f"another-{name.replace('_', '-')}") for name in known}

    @cached_property
    def identities(self) -> list[dict[str, Json]]:
        """What identifies a job: once for each way that the call for the status has, without what the client knows."""
        own = {name: self._value(name) for name in self.identity if not self.of_client(name)}
        groups = [self._passed(group) for group in self.called("status").exactly_one]
        rest = {name: value for name, value in own.items() if not any(name in group for group in groups)}
        optional = {name for name in rest if entry(self.identity[name], "optional") is True}
        for group in groups[:1]:
            return [{**rest, name: own[name]} for name in group if name in own]
        return [{name: value for name, value in rest.items() if name not in optional} or rest]

    def _passed(self, wires: Iterable[str]) -> list[str]:
        """The fields that some arguments of the call for the status are given."""
        given = self._templates("status")
        return [name for wire in wires for name in self.identity if given.get(wire) == f"$job.{name}"]

    def _templates(self, role: str) -> dict[str, Json]:
        """What a role gives its call, by wire name, what needs no saying included."""
        found = dict(objects(self.holder(role).get("parameters")))
        operation = self.operation(role)
        for item in operation.parameters if operation is not None and role != "submit" else ():
            name = item.wire if item.wire in self.identity else item.wire.replace("-", "_")
            in_path = item.location == "path" and not self.url(role)
            if item.wire not in found and (in_path or item.client) and name in self.identity:
                found[item.wire] = f"$job.{name}"
        return found

    def is_url(self, name: str) -> bool:
        """Whether a field of the identity is a URL."""
        return name in self.identity and entry(self.identity[name], "type") == "url"

    def at_home(self, body: Json) -> dict[str, Json]:
        """What a response says of the URLs of a job where the server of the suite stands for the documented one.

        Returns:
            Those URLs by JSON pointer, as far as they are not as documented.
        """
        fields = [field for name, field in self.identity.items() if self.is_url(name)]
        places = [place for field in fields for place in texts(entry(field, "from"))]
        pointers = [place.partition("#")[2] for place in places if place.startswith("$response.body#")]
        urls = {pointer: value for pointer in pointers if isinstance(value := find(body, pointer), str)}
        return {pointer: home for pointer, url in urls.items() if (home := self.home(url)) != url}

    def home(self, url: str) -> str:
        """A URL as the server of the suite gives it: a path where it is the documented server's, else plain HTTP."""
        path = next((url[len(found[0]) :] for known in self._servers if (found := known.match(url))), None)
        return path or re.sub(r"^https://", "http://", url)

    @cached_property
    def _servers(self) -> list[re.Pattern[str]]:
        """What URLs of the documented server begin with, whatever its variables are; its origin alone, too."""
        server = str(entry(next(iter(listed(self.document.data.get("servers"))), None), "url")).rstrip("/")
        origin = re.match(r"https?://[^/]+", server)
        known = (server, origin[0]) if origin is not None else ()
        return [re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^{}]*\}", url))) + "(?=/)") for url in known]

    def url(self, role: str) -> str:
        """What a role calls in place of the path of its operation; empty for that path."""
        return str(self.holder(role).get("url", ""))

    def called_at(self, role: str, job: Mapping[str, Json]) -> str | None:
        """The path that a role calls for a job; None for the operation's own.

        Args:
            role: the role.
            job: what identifies the job.
        """
        for name in self.identity:
            if f"$job.{name}" in self.url(role):
                value = str(job.get(name, ""))
                filled = value if self.is_url(name) else quote(value, safe="/:@!$&'()*+,;=~")
                return self.url(role).replace(f"$job.{name}", filled)
        return None

    def _followed(self, name: str) -> str | None:
        """A value for a URL of the identity, or a name that is part of one: what the documented path has there."""
        for role in ("status", "cancel", "result"):
            before, found, after = self.url(role).partition(f"$job.{name}")
            operation = self.operation(role)
            if found and operation is not None:
                path = re.sub(r"\{[^{}]+\}", MADE_UP, operation.path)
                return path.removeprefix(before).removesuffix(after)
        return None

    def _value(self, name: str) -> Json:
        """A documented value of a field, else one that is made up."""
        followed = self._followed(name)
        if followed is not None:
            return followed
        whole = self.integer(name)
        matched = objects(entry(self.spec, "run", "match"))
        for run in self._documented_runs():
            for key, place in matched.items():
                value = find(run, pointer_to(key))
                if place == f"$job.{name}" and isinstance(value, str | int):
                    return int(value) if whole else str(value)
        for value in (*self._examples_of(name), *self._echoed(name)):
            if isinstance(value, str | int) and not isinstance(value, bool):
                return int(value) if whole else str(value)
        return 1 if whole else MADE_UP

    def _examples_of(self, name: str) -> Iterator[Json]:
        """The documented values of the parameters that take a field."""
        for item in self._parameters_of(name):
            yield from item.examples.values()

    def _echoed(self, name: str) -> Iterator[Found]:
        """What documented responses repeat of a field."""
        echo = self.reader.echo
        if echo is not None and echo[1] == name:
            yield from (find(body, echo[0]) for body in self.response.content.examples.values())

    def _parameters_of(self, name: str) -> Iterator[Parameter]:
        for role in ("status", "cancel", "result"):
            operation = self.operation(role)
            for item in operation.parameters if operation is not None else ():
                if self._templates(role).get(item.wire) == f"$job.{name}":
                    yield item

    def integer(self, name: str) -> bool:
        """Whether a field is a whole number: as is said, else as the call for the status takes it."""
        said = entry(self.identity[name], "type")
        if said is not None:
            return said == "integer"
        kinds = [kind for item in self._parameters_of(name) for kind in types_of(self.document, item.part)]
        return bool(kinds) and set(kinds) <= {"integer"}

    def arguments(self, role: str, job: Mapping[str, Json], **given: Json) -> dict[str, Json]:
        """The arguments of a role's call by wire name.

        Args:
            role: the role.
            job: what identifies the job; what the client knows may be missing.
            **given: what else expressions stand for, such as ``key`` and ``page``.
        """
        found = {wire: filled_in(template, job, given) for wire, template in self._templates(role).items()}
        return {wire: value for wire, value in found.items() if not isinstance(value, Missing)}

    def templates(self, role: str) -> dict[str, Json]:
        """What a role gives its call, by wire name."""
        return self._templates(role)

    @cached_property
    def response(self) -> DocumentedResponse:
        """The documented success of the call for the status."""
        responses = [response for response in self.called("status").responses if response.success]
        return next((response for response in responses if is_json(response.content.media_type)), responses[0])

    @property
    def status(self) -> int:
        """The HTTP status of the call for the status."""
        return status_of(self.called("status"), self.response.status) or 200

    def _documented_runs(self) -> Iterator[Json]:
        for body in self.response.content.examples.values():
            if self.reader.by_name:
                yield from self.reader.runs(body)


def filled_in(template: Json, job: Mapping[str, Json], given: Mapping[str, Json]) -> Found:
    """What a template stands for; MISSING where the job lacks it."""
    if isinstance(template, list):
        items = [filled_in(item, job, given) for item in template]
        return [item for item in items if not isinstance(item, Missing)]
    if isinstance(template, dict):
        entries = {name: filled_in(item, job, given) for name, item in template.items()}
        return {name: item for name, item in entries.items() if not isinstance(item, Missing)}
    if not isinstance(template, str):
        return template
    if template.startswith("$job."):
        return job.get(template.removeprefix("$job."), MISSING)
    for name, value in given.items():
        if template == f"${name}":
            return value
        template = template.replace(f"${name}", str(value))
    return MISSING if template.startswith("$request.") else template


def types_of(document: Document, part: Part) -> list[str]:
    """The JSON types of a schema's values, null aside."""
    return [kind for shape in document.shapes(part) for kind in shape.types if kind != "null"]


def pointer_to(name: str) -> str:
    """A key as a JSON pointer; a pointer as it is."""
    return name if name.startswith("/") else "/" + name.replace("~", "~0").replace("/", "~1")
