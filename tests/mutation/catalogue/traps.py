"""Mutants that tests of an earlier form were blind to, or that nobody would find by looking at requests alone.

Some change the generator or a spec rather than what is generated: its clients are then generated anew.
"""

from __future__ import annotations

from .mutant import Mutant

CLASSIFY = "jobclients_core/jobs/classify.py"
SUBMITTING = "jobclients_core/jobs/submitting.py"
BASELINE = "jobclients_core/jobs/baseline.py"
DISCOVERY = "jobclients_core/jobs/discovery.py"
LISTING = "jobclients_core/jobs/listing.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "traps/refine-any-state",
        "A failed job whose result has a certain form is reported as a success.",
        CLASSIFY,
        "if second.state == state and _all(",
        "if _all(",
    ),
    Mutant(
        "traps/first-refinement-only",
        "Of two refinements the second is lost.",
        CLASSIFY,
        "for second in job_type.refine:",
        "for second in job_type.refine[:1]:",
    ),
    Mutant(
        "traps/last-refinement-only",
        "Of two refinements the first is lost.",
        CLASSIFY,
        "for second in job_type.refine:",
        "for second in job_type.refine[1:]:",
    ),
    Mutant(
        "traps/secret-word",
        "A status value that is not known shows the secret that it holds.",
        CLASSIFY,
        "        word = MASK if gives_away(whole, traces(secrets)) else word\n",
        "",
    ),
    Mutant(
        "traps/pinned-baseline",
        "A run that was there before the submission is taken for the submitted one.",
        BASELINE,
        "    if shows_in(before.keys, key):\n",
        "    if False:\n",
    ),
    Mutant(
        "traps/older-discovered",
        "An old run that comes into view is taken for the submitted one.",
        DISCOVERY,
        "return [value for value in new if not counts or not _counts(value) or int(value) > max(counts)]",
        "return new",
    ),
    Mutant(
        "traps/inverted-final",
        "A job that was submitted is reported as ended, and one that ended as running.",
        SUBMITTING,
        "if rule is None or not all(",
        "if rule is None or all(",
    ),
    Mutant(
        "traps/page-never-turned",
        "Jobs on the second page of a list are never found there.",
        LISTING,
        "        page += 1\n",
        "",
    ),
    Mutant(
        "traps/listed-end",
        "An end that a list tells is believed without asking about the job itself.",
        LISTING,
        "if ended(job_type.type, context) and (payload is None or _lacks(job_type, context)):",
        "if payload is None:",
    ),
    Mutant(
        "traps/listed-end-unrefined",
        "A success that a list tells is believed without the second look at its result.",
        LISTING,
        "return bool(job_type.type.refine) or missing",
        "return missing",
    ),
    Mutant(
        "traps/empty-object",
        "An empty object is not empty.",
        "jobclients_core/conditions.py",
        'value in ("", [], {})',
        'value in ("", [])',
    ),
    Mutant(
        "traps/authorization",
        "A caller's own Authorization header is sent in place of the credential.",
        "jobclients_core/session.py",
        'taken.add("authorization")',
        "pass",
    ),
    Mutant(
        "traps/multipart-list",
        "A list in form data is sent as one part that holds JSON.",
        "jobclients_core/body.py",
        "zip(item, written, strict=True) if is_array(item) else [(item, written)]",
        "[(item, written)]",
    ),
    Mutant(
        "traps/no-margin",
        "A token is used until the very moment of its end.",
        "jobclients_core/exchange.py",
        "now + max(life - min(EXPIRY_MARGIN, life * 0.1), 0.0)",
        "now + life",
    ),
    Mutant(
        "traps/async-drift",
        "The async client of every vendor drops on_drift.",
        "jobclients_core/client.py",
        "            on_drift=on_drift,\n        )\n\n    async def __aenter__",
        "            on_drift=None,\n        )\n\n    async def __aenter__",
    ),
    Mutant(
        "traps/async-drift-alation",
        "The async client of one vendor drops on_drift.",
        "alation/client.py",
        "            on_drift=on_drift,\n        )\n\n    @overload\n    async def",
        "        )\n\n    @overload\n    async def",
    ),
    Mutant(
        "traps/scale-lost",
        "The generator forgets what a number is multiplied with.",
        "vendorsmith/spec/jobtype.py",
        "scale=float(scale) if isinstance(scale, int | float) else 1.0",
        "scale=1.0",
    ),
    Mutant(
        "traps/explode",
        "The generator reads every parameter as its style explodes by default.",
        "vendorsmith/build/operations.py",
        'explode=cursor.flag("explode", default=is_exploded(style))',
        "explode=is_exploded(style)",
    ),
    Mutant(
        "traps/lost-code",
        "A job that does not exist raises what its HTTP status says, as its code is not listed any more.",
        "specs/huawei_cdm/openapi.yaml",
        "code: [Cdm.0054, Cdm.0095, Cdm.00095, Cdm.0100, Cdm.0101, Cdm.0319]",
        "code: [Cdm.0054, Cdm.0095, Cdm.00095, Cdm.0101, Cdm.0319]",
    ),
    Mutant(
        "traps/method",
        "An operation of which the spec shows no request is sent with another method.",
        "specs/huawei_cdm/openapi.yaml",
        "    post:\n      operationId: create_job\n",
        "    put:\n      operationId: create_job\n",
    ),
    Mutant(
        "traps/refine-objects",
        "The spec forgets one of two refinements, the one of rejected objects.",
        "specs/alation/openapi.yaml",
        "        - if: succeeded\n          when:\n            from: $result#/error_objects\n            nonempty: true\n"
        "          to: succeeded_with_warnings\n",
        "",
    ),
    Mutant(
        "traps/refine-error",
        "The spec forgets one of two refinements, the one of ignored errors.",
        "specs/alation/openapi.yaml",
        "        - if: succeeded\n          when:\n            from: $result#/error\n            nonempty: true\n"
        "          to: succeeded_with_warnings\n",
        "",
    ),
)
