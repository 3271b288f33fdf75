"""Mutants of what the runtime makes of answers about jobs: states, facts, runs."""

from __future__ import annotations

from .mutant import Mutant

STATES = "jobclients_core/states.py"
EXPRESSIONS = "jobclients_core/expressions.py"
CLASSIFY = "jobclients_core/jobs/classify.py"
FIELDS = "jobclients_core/jobs/fields.py"
READING = "jobclients_core/jobs/reading.py"
RUNS = "jobclients_core/jobs/runs.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "jobs/cancelled-goes-on",
        "A cancelled job counts as unfinished, and is waited for.",
        STATES,
        "_TERMINAL = _OK | {JobState.FAILED, JobState.CANCELLED}",
        "_TERMINAL = _OK | {JobState.FAILED}",
    ),
    Mutant(
        "jobs/warnings-are-no-success",
        "A success with warnings is not ok.",
        STATES,
        "_OK = frozenset((JobState.SUCCEEDED, JobState.SUCCEEDED_WITH_WARNINGS))\n_TERMINAL = _OK",
        "_OK = frozenset((JobState.SUCCEEDED,))\n_TERMINAL = _OK | {JobState.SUCCEEDED_WITH_WARNINGS}",
    ),
    Mutant(
        "jobs/casefold",
        "Words in another case are unknown.",
        EXPRESSIONS,
        "if fold and isinstance(value, str):",
        "if False:",
    ),
    Mutant(
        "jobs/casefold-everywhere",
        "Words in another case are known also where the vendor's case matters.",
        EXPRESSIONS,
        "if fold and isinstance(value, str):",
        "if isinstance(value, str):",
    ),
    Mutant(
        "jobs/refine",
        "The second look at a success is not taken.",
        CLASSIFY,
        "        if second.state == state and _all(second.when, facts, fold=fold):\n",
        "        if second.state is None:\n",
    ),
    Mutant(
        "jobs/raw-state",
        "The status shows our word in place of the vendor's.",
        CLASSIFY,
        "raw_state=word",
        "raw_state=found.value",
    ),
    Mutant(
        "jobs/unknown-runs",
        "A word that nobody knows is told as running.",
        CLASSIFY,
        "        return JobState.UNKNOWN\n",
        "        return JobState.RUNNING\n",
    ),
    Mutant(
        "jobs/payload",
        "The status lacks the vendor's own answer.",
        CLASSIFY,
        "        payload=payload,\n        **read_fields",
        "        payload=None,\n        **read_fields",
    ),
    Mutant(
        "jobs/attribution",
        "The last run of a name is told as the handle's own for sure.",
        CLASSIFY,
        "attribution=attribution",
        'attribution="exact"',
    ),
    Mutant(
        "jobs/unknown-warnings",
        "An unknown word stands in the log with each poll.",
        CLASSIFY,
        "        _warned.add(key)\n",
        "",
    ),
    Mutant(
        "jobs/unknown-unsaid",
        "That a word is unknown stands in no log.",
        CLASSIFY,
        '        logger.warning("%s.%s: the state %r is not known; the job counts as unfinished", *key)\n',
        "",
    ),
    Mutant(
        "jobs/progress-bounds",
        "The progress of a failed run is less than nothing.",
        FIELDS,
        "return part if 0 <= part <= 1 else None",
        "return part",
    ),
    Mutant(
        "jobs/scale",
        "Numbers of a status are not in the unit that they should be in.",
        FIELDS,
        "return number * rule.scale",
        "return number",
    ),
    Mutant(
        "jobs/computed-duration",
        "The duration between start and end is not computed.",
        FIELDS,
        "seconds = (end - start).total_seconds()",
        "seconds = (start - end).total_seconds()",
    ),
    Mutant(
        "jobs/naive-times",
        "Times without a zone are told as times.",
        FIELDS,
        "if isinstance(moment, datetime) and moment.utcoffset() is not None:",
        "if isinstance(moment, datetime):",
    ),
    Mutant(
        "jobs/raw-times",
        "What the vendor sent for a time is lost.",
        FIELDS,
        "        raw_times[name] = clean(str(value), 100)\n",
        "",
    ),
    Mutant(
        "jobs/several-warnings",
        "Several warnings are told as one, a list written as JSON.",
        FIELDS,
        "value[:100] if is_array(value) else [value]",
        "[value]",
    ),
    Mutant(
        "jobs/first-present",
        "A field whose first place is empty is not looked for at its second.",
        FIELDS,
        "    for source in rule.source:\n",
        "    for source in rule.source[:1]:\n",
    ),
    Mutant(
        "jobs/pattern",
        "What stands in a sentence is not read out of it.",
        FIELDS,
        "value = extract(rule.pattern, value) if isinstance(value, str) else None",
        "pass",
    ),
    Mutant(
        "jobs/backward-duration",
        "A job that ended before its start has a duration.",
        FIELDS,
        "return seconds if seconds >= 0 else None",
        "return abs(seconds)",
    ),
    Mutant(
        "jobs/negative-duration",
        "A job that ended before its start has taken less than no time.",
        FIELDS,
        "return seconds if seconds >= 0 else None",
        "return seconds",
    ),
    Mutant(
        "jobs/not-found-yet",
        "A 404 right after a submission ends the wait.",
        READING,
        "if rule is None or age(session, handle) >= rule.within:",
        "if True:",
    ),
    Mutant(
        "jobs/not-found-for-ever",
        "A job that never was is waited for until the time is up.",
        READING,
        "if rule is None or age(session, handle) >= rule.within:",
        "if rule is None:",
    ),
    Mutant(
        "jobs/expired",
        "A job that the vendor has forgotten is told as one that never was.",
        READING,
        "    if handle.seen:\n        raise JobExpired(",
        "    if False:\n        raise JobExpired(",
    ),
    Mutant(
        "jobs/regressed",
        "A job that ended and runs again looks like any other.",
        READING,
        "return dataclasses.replace(status, regressed=True)",
        "return status",
    ),
    Mutant(
        "jobs/run-id",
        "The status does not tell which run it speaks of.",
        READING,
        "            return str(handle.identity[part.name])\n",
        "            return None\n",
    ),
    Mutant(
        "jobs/ended-but-refused",
        "An ended job whose answer carries an envelope's no is told as refused, and never ends.",
        READING,
        "accepts=lambda facts: ended(kind.type, facts)",
        "accepts=None",
    ),
    Mutant(
        "jobs/superseded",
        "A newer run in the place of the handle's goes unnoticed.",
        RUNS,
        '    if any(compare(select, key, other) == "older" for other in rivals) or (\n',
        "    if False and (\n",
    ),
    Mutant(
        "jobs/any-new-run",
        "Of several runs that are newer than a submission the first is taken for its own.",
        RUNS,
        "if any(not same_run(key, fits[0][1]) for _, key in fits):",
        "if False:",
    ),
    Mutant(
        "jobs/old-run",
        "A run that was there before the submission is taken for the submitted one.",
        RUNS,
        "if run.key is not None and not shows_in(baseline.keys, run.key)]",
        "if run.key is not None]",
    ),
    Mutant(
        "jobs/half-a-key",
        "A run whose number is the same but whose date is another is taken for the handle's.",
        RUNS,
        "return bool(common) and all(left[name] == right[name] for name in common)",
        "return bool(common) and any(left[name] == right[name] for name in common)",
    ),
)
