"""Mends that can be taken out, by the number of the fault that each of them mended."""

from __future__ import annotations

from dataclasses import dataclass

from mutation.catalogue import Mutant

REFUSALS = "jobclients_core/failed_credentials.py"
EVIDENCE = "jobclients_core/jobs/evidence.py"
IDENTITY = "jobclients_core/jobs/identity.py"
RESPONSE_PARSER = "jobclients_core/response_parser.py"
OUTCOMES = "jobclients_core/jobs/outcomes.py"
STATUS_CALLS = "jobclients_core/jobs/status_calls.py"
BINDINGS = "jobclients_core/jobs/bindings.py"
ATTEMPTS = "jobclients_core/jobs/attempts.py"
SUBMITTING = "jobclients_core/jobs/submitting.py"
TIMING = "jobclients_core/jobs/timing.py"
WAITING = "jobclients_core/jobs/waiting.py"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A mend that is taken out.

    Args:
        invariant: What then does not hold in some world.
        mutant: The change that takes it out.
    """

    invariant: str
    mutant: Mutant


TAKEN_OUT: tuple[TakenOut, ...] = (
    TakenOut(
        "I1",
        Mutant(
            "2/older-than-the-baseline",
            "A run that a lagging replica shows, and that is older than the baseline's, is taken for the new one.",
            EVIDENCE,
            '    if any(compare(select, key, old) == "older" for old in baseline.keys):\n',
            "    if False:\n",
        ),
    ),
    TakenOut(
        "I1",
        Mutant(
            "2/begun-by-a-schedule",
            "A run that no call began is taken for the submitted one.",
            EVIDENCE,
            "    if select.exclude and all(condition.holds(context, fold=fold) for condition in select.exclude):\n",
            "    if False:\n",
        ),
    ),
    TakenOut(
        "I10",
        Mutant(
            "2/stopped-without-a-look",
            "Whatever runs under a job's name is stopped, whether or not it is ours.",
            BINDINGS,
            "    if job_type.cancel is not None and job_type.type.select is not None and not checked:\n",
            "    if False:\n",
        ),
    ),
    TakenOut(
        "I1",
        Mutant(
            "4/another-jobs-answer",
            "A response about another job is taken for the one that was asked for.",
            STATUS_CALLS,
            "    check_echo(job_type, binding, handle.identity, context)\n",
            "",
        ),
    ),
    TakenOut(
        "I7",
        Mutant(
            "4/another-jobs-answer-ends",
            "One answer about another job ends a wait.",
            WAITING,
            "    if isinstance(error, WrongJob):\n        return poll.transport\n",
            "    if isinstance(error, WrongJob):\n        return False\n",
        ),
    ),
    TakenOut(
        "I1",
        Mutant(
            "5/key-anywhere-in-the-text",
            "An element of a list that holds our key somewhere in its text is taken for our job.",
            IDENTITY,
            "    return any(_says(one, wanted) for one in found)\n",
            "    return key in str(item)\n",
        ),
    ),
    TakenOut(
        "I7",
        Mutant(
            "10/tolerance-from-the-last-good-answer",
            "The first failure after a pause that the vendor asked for ends a wait.",
            WAITING,
            "now - self._failing_since >= poll.tolerate",
            "now - self._answered_at >= poll.tolerate",
        ),
    ),
    TakenOut(
        "I6",
        Mutant(
            "6/lost-then-refused",
            "A refusal of the last attempt hides that an earlier one may have been taken.",
            ATTEMPTS,
            "    if open_:\n        # Whatever was said last was said of the last attempt.\n",
            "    if open_ and verdict is Verdict.OPEN:\n",
        ),
    ),
    TakenOut(
        "I6",
        Mutant(
            "6/server-errors-refuse",
            "A server error is taken for a refusal, although the vendor may have taken the job.",
            OUTCOMES,
            "    return Verdict.REFUSED if plain and not isinstance(error, ServerError) else Verdict.OPEN",
            "    return Verdict.REFUSED",
        ),
    ),
    TakenOut(
        "I5",
        Mutant(
            "7/intent-after-the-first-byte",
            "A process that dies with its submission under way leaves nothing behind, and submits again.",
            SUBMITTING,
            "    intent = _sending(submission, intent, open_=open_)\n    yield from save(submission.record, intent)\n",
            "    intent = _sending(submission, intent, open_=open_)\n",
        ),
    ),
    TakenOut(
        "I5",
        Mutant(
            "7/an-intent-is-sent-again",
            "A submission that may have been taken is sent again by the next process.",
            SUBMITTING,
            "    if known or (honoured is None and submission.role.operation.repeatable):",
            "    if True:",
        ),
    ),
    TakenOut(
        "I11",
        Mutant(
            "8/each-wait-logs-in",
            "A password that was refused is tried again by everybody who waits.",
            REFUSALS,
            "        if now - self.at >= REFUSAL_PAUSE or self.operation not in (None, operation):",
            "        if True:",
        ),
    ),
    TakenOut(
        "I7",
        Mutant(
            "9/one-not-found-ends",
            "One 404 ends a job that was seen running.",
            STATUS_CALLS,
            "max(asked - handle.gone_since, 0.0) >= job_type.gone_for",
            "max(asked - handle.gone_since, 0.0) >= 0",
        ),
    ),
    TakenOut(
        "I3",
        Mutant(
            "10/early-last-look",
            "A wait looks for the last time when a tenth of its time is left.",
            TIMING,
            "        return self.end - min(max(2 * self.longest, SHORTEST), LONGEST, self.whole / 2)",
            "        return self.end - self.whole / 10",
        ),
    ),
    TakenOut(
        "I3",
        Mutant(
            "10/zero-never-looks",
            "A wait of no time ends without a look.",
            TIMING,
            "        return max(self.end, self.start + self.one)",
            "        return self.end",
        ),
    ),
    TakenOut(
        "I4",
        Mutant(
            "10/cancels-early",
            "A job is stopped before the time of its wait is up.",
            WAITING,
            "            yield from self._sleep(left, soonest=self._timing.end)\n",
            "            pass\n",
        ),
    ),
    TakenOut(
        "I11",
        Mutant(
            "10/asked-to-wait-is-cut",
            "A vendor that asks for more time than is left is asked once more nonetheless.",
            WAITING,
            "        if self._asked is not None and self._asked > left:",
            "        if False:",
        ),
    ),
)
