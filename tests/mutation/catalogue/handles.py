"""Mutants of the runtime's handles: what identifies a job, how that travels, how jobs are submitted and stopped."""

from __future__ import annotations

from .mutant import Mutant

HANDLE = "jobclients_core/jobs/handle.py"
IDENTITY = "jobclients_core/jobs/identity.py"
SUBMITTING = "jobclients_core/jobs/submitting.py"
ATTEMPTS = "jobclients_core/jobs/attempts.py"
OUTCOMES = "jobclients_core/jobs/outcomes.py"
FINDING = "jobclients_core/jobs/finding.py"
RECORD = "jobclients_core/jobs/record.py"
BASELINE = "jobclients_core/jobs/baseline.py"
DISCOVERY = "jobclients_core/jobs/discovery.py"
ROLES = "jobclients_core/jobs/roles.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "jobs/handle-checksum",
        "A handle that was changed by hand is taken.",
        HANDLE,
        'if facts.pop("checksum", None) != checksum(facts):',
        "if False:",
    ),
    Mutant(
        "jobs/handle-unsigned",
        "A handle without a checksum is taken, whatever else it says.",
        HANDLE,
        'if facts.pop("checksum", None) != checksum(facts):',
        'if (found := facts.pop("checksum", None)) is not None and found != checksum(facts):',
    ),
    Mutant(
        "jobs/handle-format",
        "A handle of a format that this release does not know is taken.",
        HANDLE,
        "if type(version) is not int or version not in READABLE:",
        "if type(version) is not int:",
    ),
    Mutant(
        "jobs/handle-server",
        "A handle of another server is taken, and its job asked for here.",
        HANDLE,
        "if not rebind and handle.origin != base:",
        "if False:",
    ),
    Mutant(
        "jobs/handle-account",
        "A handle of another account is taken, and its job asked for here.",
        HANDLE,
        "if not rebind and handle.account != session.account:",
        "if False:",
    ),
    Mutant(
        "jobs/handle-kind",
        "A handle of another kind of job is taken.",
        HANDLE,
        "if (handle.vendor, handle.kind) != (kind.vendor, kind.name):",
        "if handle.vendor != kind.vendor:",
    ),
    Mutant(
        "jobs/handle-run",
        "A handle forgets on its way to another process which run is its own.",
        HANDLE,
        '"run_key": _plain(self.run_key)',
        '"run_key": None',
    ),
    Mutant(
        "jobs/handle-baseline",
        "A handle forgets on its way to another process which runs were there before.",
        HANDLE,
        '"baseline": None if self.baseline is None else _baseline_facts(self.baseline)',
        '"baseline": None',
    ),
    Mutant(
        "jobs/handle-submitted",
        "A handle forgets on its way to another process when it was submitted.",
        HANDLE,
        '"submitted_at": self.submitted_at',
        '"submitted_at": None',
    ),
    Mutant(
        "jobs/handle-seen",
        "A handle forgets on its way to another process that the vendor knew its job.",
        HANDLE,
        'seen=facts["seen"] is True',
        "seen=False",
    ),
    Mutant(
        "jobs/handle-secret",
        "A handle as text holds the client's token.",
        "jobclients_core/jobs/collection.py",
        "str(session.base), session.account, dict(identity), sent_at=sent_at)",
        'str(session.base), session.account + "".join(session.auth.secrets()), dict(identity), sent_at=sent_at)',
    ),
    Mutant(
        "jobs/neither-id-nor-name",
        "A handle can be made of both id and name, and cannot be asked for.",
        IDENTITY,
        "if sum(name in arguments for name in group) != 1:",
        "if False:",
    ),
    Mutant(
        "jobs/empty-identity",
        "A handle can be made of an empty name.",
        IDENTITY,
        "return str.__str__(value) if isinstance(value, str) and value else None",
        "return str.__str__(value) if isinstance(value, str) else None",
    ),
    Mutant(
        "jobs/digits",
        "An id that an answer writes as text cannot be adopted.",
        IDENTITY,
        'plain = value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20',
        "plain = False",
    ),
    Mutant(
        "jobs/adopt-first",
        "Of the ways in which an answer names a job only the first is known.",
        IDENTITY,
        "for rule in kind.type.adopt:",
        "for rule in kind.type.adopt[:1]:",
    ),
    Mutant(
        "jobs/true-identity",
        "True identifies job number one.",
        IDENTITY,
        "    if isinstance(value, bool):\n        return None\n",
        "",
    ),
    Mutant(
        "jobs/fractional-identity",
        "A number with a fraction identifies the job below it.",
        IDENTITY,
        "return int(value) if value.is_integer() and abs(value) < 2**53 else None",
        "return int(value)",
    ),
    Mutant(
        "jobs/lost-submission",
        "A lost answer to a submission is told as if no job could have been started.",
        OUTCOMES,
        "return Verdict.OPEN if error.sent else Verdict.UNSENT",
        "return Verdict.REFUSED",
    ),
    Mutant(
        "jobs/lost-in-gateway",
        "A gateway's timeout after a submission is told as if no job could have been started.",
        OUTCOMES,
        "return Verdict.REFUSED if plain and not isinstance(error, ServerError) else Verdict.OPEN",
        "return Verdict.REFUSED",
    ),
    Mutant(
        "jobs/unreadable-submission",
        "An unreadable answer to a submission is told as if no job could have been started.",
        OUTCOMES,
        "    if isinstance(error, DecodeError):\n        return Verdict.OPEN\n",
        "",
    ),
    Mutant(
        "jobs/not-looked-for",
        "A submission whose answer was lost is not looked for, although it carries a tag.",
        FINDING,
        "    if handle.key is not None and role is not None and looks_up(kind):\n",
        "    if False:\n",
    ),
    Mutant(
        "jobs/same-key",
        "All submissions carry the same tag, so one is taken for another.",
        SUBMITTING,
        "made = clock.uuid()",
        'made = __import__("uuid").UUID(int=7)',
    ),
    Mutant(
        "jobs/callers-tags",
        "The caller's own tags are lost beside ours.",
        ATTEMPTS,
        "mine = [*theirs, *mine]",
        "mine = [*mine]",
    ),
    Mutant(
        "jobs/never-ran",
        "A job that never ran, for which the vendor answers 404, cannot be started.",
        BASELINE,
        "    except NotFound:\n",
        "    except ZeroDivisionError:\n",
    ),
    Mutant(
        "jobs/discovered-at-random",
        "Of two runs that began with a submission one is taken for its own.",
        DISCOVERY,
        "        if len(fresh) > 1:\n",
        "        if False:\n",
    ),
    Mutant(
        "jobs/no-final",
        "A job that ended in the answer to its submission is asked for again.",
        SUBMITTING,
        "return Submitted(handle, response.body, _final(session, kind, handle, facts))",
        "return Submitted(handle, response.body)",
    ),
    Mutant(
        "jobs/submit-answer",
        "The vendor's answer to a submission cannot be had.",
        SUBMITTING,
        "return Submitted(handle, response.body, _final",
        "return Submitted(handle, None, _final",
    ),
    Mutant(
        "jobs/submit-without-identity",
        "A submission whose answer names no job gives a handle of nothing.",
        ATTEMPTS,
        "            if reason is None:\n",
        "            if True:\n",
    ),
    Mutant(
        "jobs/refused-after-all",
        "A refusal of the last attempt is told as if no attempt before it could have been taken.",
        ATTEMPTS,
        "    if open_:\n",
        "    if False:\n",
    ),
    Mutant(
        "jobs/intent-after-the-request",
        "The record of a submission is written when it was answered, and not before.",
        SUBMITTING,
        "    yield from save(order.record, intent)\n",
        "",
    ),
    Mutant(
        "jobs/intent-before-the-login",
        "A login that fails leaves a submission behind of which nobody knows what became of it.",
        SUBMITTING,
        "        yield from session.auth.grant(security, operation.id, end)\n",
        "        pass\n",
    ),
    Mutant(
        "jobs/not-submitted-too-early",
        "A submission that does not show yet is submitted again.",
        FINDING,
        "    if settled is None or asked < settled:\n",
        "    if settled is None:\n",
    ),
    Mutant(
        "jobs/any-arguments",
        "The record of one submission is gone on with for another.",
        SUBMITTING,
        "    elif handle.fingerprint != order.fingerprint:\n",
        "    elif False:\n",
    ),
    Mutant(
        "jobs/made-by-anybody",
        "A job that another submission made is gone on with.",
        SUBMITTING,
        "        _check_made_by(order, handle)\n",
        "        pass\n",
    ),
    Mutant(
        "jobs/record-not-durable",
        "A record is lost with the power.",
        RECORD,
        "                os.fsync(file.fileno())\n",
        "",
    ),
    Mutant(
        "jobs/stop-of-ended",
        "Stopping a job that has ended raises the vendor's complaint.",
        ROLES,
        "except (BadRequest, Conflict, Refused) as error:",
        "except ZeroDivisionError as error:",
    ),
    Mutant(
        "jobs/stop-without-a-look",
        "Stopping a run by its job's name may stop another run.",
        ROLES,
        "if kind.cancel is not None and kind.type.select is not None and not checked:",
        "if False:",
    ),
    Mutant(
        "jobs/stop-swallowed",
        "A stop that the vendor refused passes for done.",
        ROLES,
        "    if found is None or not found.state.terminal:\n        raise failure\n",
        "    if found is None:\n        raise failure\n",
    ),
    Mutant(
        "jobs/stop-of-forgotten",
        "Stopping a job that the vendor has forgotten does not say so.",
        ROLES,
        "        raise expired(error) from error\n",
        "        raise\n",
    ),
    Mutant(
        "jobs/forgotten-at-once",
        "A job that one replica does not show right after its submission is told as forgotten when it is stopped.",
        ROLES,
        " or (rule is not None and age(session, handle) < rule.within):",
        ":",
    ),
)
