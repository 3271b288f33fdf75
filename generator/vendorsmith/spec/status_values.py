"""Checks how status values map to job states: that none is missing, undocumented or unreachable."""

from __future__ import annotations

from typing import Final

from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.checked_job_type import CheckedJobType, children
from vendorsmith.spec.jobtype import parts, status_sources
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import did_you_mean, listing

_SUCCESS: Final = frozenset({"succeeded", "succeeded_with_warnings"})


def check_states(job_type: CheckedJobType) -> None:
    """Report states that miss words, have words too many, or can never be reached."""
    state, at = job_type.entry("state"), join(job_type.pointer, "state")
    sources = status_sources(state)
    for place, where in _sources(state.get("from"), join(at, "from")):
        job_type.check_place(place, where)
    for key in ("rules", "refine"):
        for entry, where in children(state.get(key), join(at, key)):
            job_type.check_conditions(entry.get("when") if isinstance(entry, dict) else None, join(where, "when"))
    _check_map(job_type, state, at, len(sources))
    for index, alternatives in enumerate(sources):
        _check_values(job_type, state, at, index, alternatives, len(sources))
    _check_ends(job_type, state, at)


def _sources(node: JSON, pointer: str) -> list[tuple[str, str]]:
    if isinstance(node, str):
        return [(node, pointer)]
    return [found for inner, at in children(node, pointer) for found in _sources(inner, at)]


def _fold(state: Object, word: str) -> str:
    return word.casefold() if state.get("match") == "casefold" else word


def _check_map(job_type: CheckedJobType, state: Object, pointer: str, count: int) -> None:
    seen: dict[str, str] = {}
    at = join(pointer, "map")
    for word, _ in entries(state.get("map")):
        folded = _fold(state, word)
        if folded in seen:
            message = f"{quote(word)} and {quote(seen[folded])} are the same word where case does not count"
            job_type.check.error_at_key("repeated-state", message, join(at, word), "remove one of them")
        seen.setdefault(folded, word)
        if len(parts(word, count)) > count:
            message = f"{quote(word)} joins more words than {quote('from')} names places"
            job_type.check.error_at_key(
                "bad-state", message, join(at, word), "one word for each place, joined by a slash"
            )
    for index, word in enumerate(job_type.texts(state.get("inferred"))):
        if _fold(state, word) not in seen:
            message = f"{quote(word)} is not in the map"
            where = join(pointer, "inferred", index)
            job_type.check.error("bad-state", message, where, did_you_mean(word, list(seen.values())))


def _documented(job_type: CheckedJobType, alternatives: tuple[str, ...]) -> list[str]:
    """The words that the schemas at some places enumerate; none where a place allows any text."""
    found: dict[str, None] = {}
    for place in alternatives:
        if "#" not in place:
            continue
        known, inner = job_type.candidates(place)
        schemas = job_type.check.schemas
        for schema in (within for part in known for within in schemas.within(part, *split(inner))):
            for variant in schemas.variants(schema):
                found |= {_word(value): None for value in variant.listed("enum")}
    return [word for word in found if word != "null"]


def _word(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _check_values(
    job_type: CheckedJobType, state: Object, pointer: str, index: int, alternatives: tuple[str, ...], count: int
) -> None:
    documented = _documented(job_type, alternatives)
    if not documented:
        return
    folded = {_fold(state, word) for word in documented}
    inferred = {_fold(state, word) for word in job_type.texts(state.get("inferred"))}
    mapped = _ruled(state, alternatives)
    for word, _ in entries(state.get("map")):
        given = parts(word, count)
        part = given[index] if index < len(given) else None
        if part is None:
            continue
        mapped.add(_fold(state, part))
        at = join(pointer, "map", word)
        known = _fold(state, part) in folded
        if not known and _fold(state, word) not in inferred:
            message = f"{quote(part)} is mapped, and no schema of the response documents it"
            hint = did_you_mean(part, documented) or "add it to the enum, or list it under: inferred"
            job_type.check.error_at_key("undocumented-state", message, at, hint)
        elif known and count == 1 and _fold(state, word) in inferred:
            message = f"{quote(part)} is documented, so it is not inferred"
            job_type.check.error_at_key("undocumented-state", message, at, "remove it from: inferred")
    missing = [word for word in documented if _fold(state, word) not in mapped]
    if missing:
        message = f"{listing(missing, 'and')} {'is' if len(missing) == 1 else 'are'} documented and not mapped"
        where = join(pointer, "map") if "map" in state else join(pointer, "rules")
        job_type.check.error_at_key("unmapped-state", message, where, "say which state it is; unknown is one as well")


def _ruled(state: Object, alternatives: tuple[str, ...]) -> set[str]:
    """The words of some places that rules speak of."""
    found: set[str] = set()
    rules = state.get("rules")
    for rule in rules if isinstance(rules, list) else []:
        when = rule.get("when") if isinstance(rule, dict) else None
        for condition in when if isinstance(when, list) else [when]:
            if not isinstance(condition, dict) or text(condition.get("from")) not in alternatives:
                continue
            listed = condition.get("in")
            values = listed if isinstance(listed, list) else [condition.get("equals")]
            found |= {_fold(state, _word(value)) for value in values}
    return found


def _check_ends(job_type: CheckedJobType, state: Object, pointer: str) -> None:
    reached = {text(canonical) for _, canonical in entries(state.get("map"))} | {text(state.get("absent"))}
    reached |= {text(entry.get("is")) for entry, _ in children(state.get("rules"), "") if isinstance(entry, dict)}
    for entry, at in children(state.get("refine"), join(pointer, "refine")):
        wanted = text(entry.get("if")) if isinstance(entry, dict) else ""
        if wanted and wanted not in reached:
            job_type.check.error("bad-state", f"no word becomes {wanted}, so this never applies", join(at, "if"))
        elif isinstance(entry, dict):
            reached.add(text(entry.get("to")))
    if not _SUCCESS & reached:
        message = "no word becomes succeeded, so a wait never ends well"
        job_type.check.error_at_key("no-success-state", message, pointer, "map the word of a job that ended well")
    if "failed" not in reached:
        message = "no word becomes failed, so a job that failed is never seen"
        hint = "map the word of a job that failed; list it under inferred where no page has it"
        job_type.check.error_at_key("no-failure-state", message, pointer, hint)
