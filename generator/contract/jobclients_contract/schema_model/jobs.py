"""``x-jobs`` as the judge reads it: what a response says of a job, how long to wait, and what is borne meanwhile.

This follows the reference of the extension and shares nothing with the clients, which have a reading of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, cast

from jobclients_contract.schema_model.conditions import BLANK, conditions_in, holds, in_item, place_of
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, decoded, entry, find, put, seconds, texts
from jobclients_contract.schema_model.values import Json

ENDS: Final = ("succeeded", "succeeded_with_warnings", "failed", "cancelled")
GOOD: Final = ("succeeded", "succeeded_with_warnings")
ZONE: Final = timezone(timedelta(hours=2))
"""Where the vendors of these tests are; a zone that is nobody's default."""

TIMES: Final = ("started_at", "finished_at", "updated_at")


@dataclass(frozen=True, slots=True)
class JobResponse:
    """A response about a job: status, header fields by lower-case name, body, the run that it speaks of, its result.

    And, where it was asked for, the body of the response that tells why the job failed.
    """

    body: Found
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    run: Found = MISSING
    result: Found = MISSING
    failure: Found = MISSING

    def at(self, place: str) -> Found:
        """What is at a place."""
        head, _, pointer = place.partition("#")
        if place == "$response.status":
            return self.status
        if head.startswith("$response.header."):
            return self.headers.get(head.removeprefix("$response.header.").lower(), MISSING)
        known = {"$response.body": self.body, "$run": self.run, "$result": self.result, "$failure.body": self.failure}
        return find(known[head], pointer)

    def look(self, source: Json) -> Found:
        """What is at a place, which may be one in the first element of a list that meets conditions."""
        first = entry(source, "first")
        if not isinstance(first, dict):
            return self.at(str(source))
        items = self.at(str(first["of"]))
        for item in items if isinstance(items, list) else []:
            element = decoded(item) if "contentMediaType" in first and isinstance(item, str) else item
            tests = conditions_in(first["when"])
            if all(holds(test, find(element, in_item(test))) for test in tests):
                return find(element, str(first.get("at", "")))
        return MISSING


@dataclass(frozen=True, slots=True)
class ReportedStatus:
    """A response about a job: canonical state, the vendor's word, facts (timestamps in UTC, as text), raw times."""

    state: str
    word: str
    facts: Mapping[str, Json]
    raw_times: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Poll:
    """How often and how long to ask, in seconds, and what is borne for how long."""

    initial: float
    max: float
    multiplier: float
    timeout: float
    tolerate: float
    statuses: tuple[int, ...]
    transport: bool


class Reader:
    """One kind of job, read from its entry in ``x-jobs``.

    Args:
        spec: the entry.
    """

    def __init__(self, spec: Json) -> None:
        self.spec = spec
        self.by_name = isinstance(entry(spec, "run"), dict)
        self.fold = entry(spec, "state", "match") == "casefold"
        places = entry(spec, "state", "from")
        listed: Sequence[Json] = places if isinstance(places, list) else [places] if places else []
        self.places = [texts(item) for item in listed] or [[place] for place in dict.fromkeys(self._tested())]
        """Where the words are; for each word the places that are in for one another."""

    def _tested(self) -> Iterator[str]:
        """What rules look at, which are the words where nothing else is said."""
        rules = entry(self.spec, "state", "rules")
        for rule in rules if isinstance(rules, list) else []:
            when = entry(rule, "when")
            for condition in when if isinstance(when, list) else [when]:
                if entry(condition, "from") is not None and entry(condition, "greater") is None:
                    yield str(entry(condition, "from"))

    @property
    def select(self) -> str:
        """Where the runs are, as a pointer into the body."""
        return str(entry(self.spec, "run", "select") or "$response.body#").partition("#")[2]

    @property
    def key(self) -> list[str]:
        """What tells a run from another, as pointers into the run."""
        return [property_at(name) for name in texts(entry(self.spec, "run", "key"))]

    @property
    def unknown_for(self) -> float:
        """Seconds for which an unknown word is waited out."""
        return self._span("PT10M", "state", "unknown", "for")

    @property
    def missing_for(self) -> float:
        """Seconds for which a run of ours need not show."""
        return self._span("PT2M", "run", "missing", "for")

    @property
    def missing_state(self) -> str:
        """The state of a run of ours that does not show."""
        return str(entry(self.spec, "run", "missing", "state") or "queued")

    @property
    def just_submitted(self) -> tuple[str, float] | None:
        """State of a job that the vendor does not know yet, and the seconds for which that is believed."""
        state = entry(self.spec, "state", "not_found", "just_submitted", "state")
        return (str(state), self._span("", "state", "not_found", "just_submitted", "for")) if state else None

    @property
    def gone_for(self) -> float:
        """Seconds between the two looks that do not find a job which has expired."""
        return self._span("PT10S", "state", "not_found", "later", "confirm")

    @property
    def poll(self) -> Poll:
        """How to wait."""
        statuses = entry(self.spec, "poll", "tolerate", "statuses")
        return Poll(
            initial=self._span("PT1S", "poll", "initial"),
            max=self._span("PT30S", "poll", "max"),
            multiplier=float(cast("float", entry(self.spec, "poll", "multiplier") or 1.6)),
            timeout=self._span("PT1H", "poll", "timeout"),
            tolerate=self._span("PT15M", "poll", "tolerate", "for"),
            statuses=tuple(cast("list[int]", statuses or [429, 500, 502, 503, 504])),
            transport=entry(self.spec, "poll", "tolerate", "transport") is not False,
        )

    def _span(self, default: str, *keys: str) -> float:
        return seconds(str(entry(self.spec, *keys) or default))

    def runs(self, body: Found) -> list[Json]:
        """The runs of a response; the response itself where kinds have no runs."""
        if not self.by_name:
            return [] if isinstance(body, Missing) else [body]
        found = find(body, self.select)
        return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]

    def pointer(self, place: str, body: Json) -> str | None:
        """A place as a pointer into a body that shows a run; None where it is none of the body's."""
        head, _, pointer = place.partition("#")
        if head == "$run" and self.by_name:
            return self.select + ("/0" if isinstance(find(body, self.select), list) else "") + pointer
        return pointer if head in ("$response.body", "$run") else None

    def shown_key(self, body: Json) -> int:
        """How many parts of the key of its first run a body shows."""
        return sum(find(run, part) not in (MISSING, None) for run in self.runs(body)[:1] for part in self.key)

    @property
    def echo(self) -> tuple[str, str] | None:
        """Where a response repeats a field of the identity, and which; None where none does."""
        at = entry(self.spec, "echo", "at")
        if not isinstance(at, str):
            return None
        return at, str(entry(self.spec, "echo", "identity") or at.rpartition("/")[2])

    @property
    def order(self) -> list[dict[str, Json]]:
        """What tells the newer of two runs: parts of the key."""
        parts = entry(self.spec, "run", "order")
        return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []

    @property
    def excluded(self) -> dict[str, Json]:
        """What shows that no call began a run: pointers inside of it, and what is there; of plain tests alone."""
        node = entry(self.spec, "run", "exclude")
        found: dict[str, Json] = {}
        for test in node if isinstance(node, list) else [node]:
            if isinstance(test, dict) and ("equals" in test or "in" in test):
                among = test.get("in")
                value = among[0] if isinstance(among, list) else test.get("equals")
                found[str(test.get("from")).partition("#")[2]] = value
        return found

    def began(self, body: Json) -> float | None:
        """When the first run of a body began, in seconds since 1970; None where its key does not tell."""
        for part in self.order:
            pointer = self.pointer(f"$run#{property_at(str(part.get('key')))}", body)
            value = find(body, pointer) if pointer is not None and self.runs(body) else MISSING
            if part.get("as") == "time" and value not in (MISSING, None):
                found = timestamp(value if not isinstance(value, Missing) else None, str(part.get("format")), None)
                return found.timestamp() if found is not None else None
        return None

    def with_key(self, body: Json, number: int, parts: Sequence[str] | None = None) -> Json:
        """A copy of a body that speaks of another run: parts of its key, all of them, are others for each number."""
        for part in self.key if parts is None else parts:
            pointer = self.pointer(f"$run#{part}", body)
            value = find(body, pointer) if pointer is not None else MISSING
            if pointer is None or value is MISSING:
                continue
            none: dict[str, Json] = {}
            own = next((one for one in self.order if property_at(str(one.get("key"))) == part), none)
            other = later(value, own if own.get("format") == "rfc3339" else none, number)
            body = put(body, pointer, f"{value}-{number}" if other is None else other)
        return body

    def job_response(self, body: Found, status: int = 200, headers: Mapping[str, str] | None = None) -> JobResponse:
        """A response that speaks of its first run."""
        runs = self.runs(body)
        found = JobResponse(body, status, headers or {}, runs[0] if runs else MISSING)
        result = next(self._values("result", found), MISSING)
        return JobResponse(body, status, headers or {}, found.run, result)

    def read(self, body: Found, status: int = 200, headers: Mapping[str, str] | None = None) -> ReportedStatus:
        """What a response says."""
        job_response = self.job_response(body, status, headers)
        status_values, _ = self._status_values(job_response)
        facts, raw = self._facts(job_response)
        return ReportedStatus(
            self.state(job_response), "/".join(word for word in status_values if word is not None), facts, raw
        )

    def state(self, job_response: JobResponse) -> str:
        """The canonical state that a response tells."""
        state = self._state(job_response)
        corrections = entry(self.spec, "state", "refine")
        for correction in corrections if isinstance(corrections, list) else []:
            if entry(correction, "if") == state and self.holds(entry(correction, "when"), job_response):
                return str(entry(correction, "to"))
        return state

    def _state(self, job_response: JobResponse) -> str:
        rules = entry(self.spec, "state", "rules")
        for rule in rules if isinstance(rules, list) else []:
            if self.holds(entry(rule, "when"), job_response):
                return str(entry(rule, "is"))
        status_values, present = self._status_values(job_response)
        mapping = entry(self.spec, "state", "map")
        for key, state in mapping.items() if isinstance(mapping, dict) else ():
            parts: list[str | None] = [*self.parts(key)]
            if self._folded([*parts, *[None] * (len(status_values) - len(parts))]) == self._folded(status_values):
                return str(state)
        absent = entry(self.spec, "state", "absent")
        return str(absent) if absent and not present else "unknown"

    def parts(self, key: str) -> list[str]:
        """The words of a key of the map."""
        return key.split("/", len(self.places) - 1) if len(self.places) > 1 else [key]

    def _folded(self, status_values: Sequence[str | None]) -> list[str | None]:
        return [word.casefold() if self.fold and word is not None else word for word in status_values]

    def _status_values(self, job_response: JobResponse) -> tuple[list[str | None], bool]:
        status_values: list[str | None] = []
        present = False
        for places in self.places:
            found = [job_response.at(place) for place in places]
            present = present or any(value is not MISSING for value in found)
            said = next((value for value in found if value is not None and value is not MISSING), None)
            status_values.append(None if said is None else _text(said))
        return status_values, present

    def holds(self, conditions: Json, job_response: JobResponse) -> bool:
        """Whether conditions, or one, hold; letters are compared as those of the words are."""
        listed = conditions if isinstance(conditions, list) else [conditions]
        return all(
            isinstance(item, dict) and holds(item, job_response.at(place_of(item)), fold=self.fold) for item in listed
        )

    def field_places(self, name: str) -> list[str]:
        """The places of a fact in the response to the call for the status."""
        return [place for place in texts(entry(self.spec, "fields", name, "from")) if not place.startswith("$failure")]

    def reasons(self, body: Json, failure: Json) -> dict[str, Json]:
        """What is reported of a job that failed, once the response to the call for the reason is there."""
        job_response = replace(self.job_response(body), failure=failure)
        return {
            name: value for name, value in self._facts(job_response)[0].items() if name in ("message", "error", "code")
        }

    def _values(self, name: str, job_response: JobResponse) -> Iterator[Json]:
        rule = entry(self.spec, "fields", name)
        sources = entry(rule, "from")
        for source in sources if isinstance(sources, list) else [] if sources is None else [sources]:
            value = job_response.look(source)
            if not isinstance(value, Missing) and holds({"in": entry(rule, "absent")}, value):
                continue
            if entry(rule, "contentMediaType") and isinstance(value, str):
                value = decoded(value)
            pattern = entry(rule, "pattern")
            if isinstance(pattern, str):
                match = re.search(pattern, value) if isinstance(value, str) else None
                value = match["value"] if match is not None else None
            if value is not None and value is not MISSING:
                yield value

    def _facts(self, job_response: JobResponse) -> tuple[dict[str, Json], dict[str, str]]:
        timestamps: dict[str, datetime | None] = {}
        raw: dict[str, str] = {}
        for name in TIMES:
            value = next((item for item in self._values(name, job_response) if item != ""), None)
            if value is not None:
                raw[name] = str(value)
            timestamps[name] = timestamp(value, str(entry(self.spec, "fields", name, "format")), ZONE)
        start, end = timestamps["started_at"], timestamps["finished_at"]
        duration = self._number("duration", job_response)
        # A job that ends before it starts has taken no time that anybody could tell.
        if duration is None and start is not None and end is not None and start <= end:
            duration = (end - start).total_seconds()
        facts: dict[str, Json] = {name: _written(value) for name, value in timestamps.items()}
        facts |= {"duration": duration, "progress": self._progress(job_response)}
        for name in ("message", "error", "code"):
            facts[name] = next((_text(item) for item in self._values(name, job_response) if item not in BLANK), None)
        pages = (item for item in self._values("page_url", job_response) if isinstance(item, str))
        facts["page_url"] = next((item for item in pages if item.startswith(("http://", "https://"))), None)
        none: list[Json] = []
        warned = next((item for item in self._values("warnings", job_response) if item not in BLANK), none)
        facts["warnings"] = [_text(item) for item in (warned if isinstance(warned, list) else [warned])]
        facts["result"] = next(self._values("result", job_response), None)
        return facts, raw

    def _number(self, name: str, job_response: JobResponse) -> float | None:
        scale = entry(self.spec, "fields", name, "scale")
        for value in self._values(name, job_response):
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                return float(value) * (scale if isinstance(scale, int | float) else 1)
        return None

    def _progress(self, job_response: JobResponse) -> float | None:
        part = self._number("progress", job_response)
        total = entry(self.spec, "fields", "progress", "total")
        if part is not None and isinstance(total, str):
            whole = job_response.at(total)
            part = part / whole if isinstance(whole, int | float) and whole else None
        return part if part is not None and 0 <= part <= 1 else None


def property_at(name: str) -> str:
    """A property, as a pointer into what has it."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def timestamp(value: Json, form: str, zone: tzinfo | None) -> datetime | None:
    """A timestamp as one of the named formats writes it; naive ones are of the zone.

    Raises:
        ValueError: it is written otherwise.
    """
    if value is None:
        return None
    if form in ("unix-ms", "unix-s"):
        unit = timedelta(milliseconds=1) if form == "unix-ms" else timedelta(seconds=1)
        return datetime(1970, 1, 1, tzinfo=UTC) + float(str(value)) * unit
    text = str(value)
    if form == "java-medium-us":
        plain = text.replace("\u202f", " ").replace(",", "")
        found = datetime.strptime(plain, "%b %d %Y %I:%M:%S %p")
    elif form == "jdbc":
        found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f")
    else:
        found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=zone) if zone is not None else None


def _written(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()


def later(value: object, part: Mapping[str, Json], step: int) -> Json:
    """What is in a part of the key that tells the newer of two runs, some steps later; None where that is not reported.

    Args:
        value: what is there: a number, its digits, or a time.
        part: the part, as the document says it.
        step: by how much: seconds of a time, else one by one.
    """
    if part.get("format") == "rfc3339":
        found = timestamp(value, "rfc3339", None) if isinstance(value, str) else None
        return None if found is None else (found + timedelta(seconds=step)).isoformat()
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        return None
    number = int(value) + step * (1000 if part.get("format") == "unix-ms" else 1)
    return str(number) if isinstance(value, str) else number
