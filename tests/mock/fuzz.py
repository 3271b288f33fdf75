"""``make fuzz-mock``: an independent client (schemathesis) calls every mock, and checks its responses by the spec.

Twice for each vendor: valid requests, which must be accepted with a documented status; and broken ones, which must be
refused. How vendors say what is wrong with a request is documented for few of them, so that the status of a refusal is
no find; its content type and its schema, where that status is documented, are. A response with 5xx is a find in both.

Left out are checks of what a mock is not meant to do: it takes every credential that looks like one, and knows every
job that it is asked for, the deleted included. A call that the spec says to be refused in some states of a job may be
refused. Nothing is written but what is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHECKS = (
    "not_a_server_error",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "429", "5xx")
"""What schemathesis takes for the acceptance of a valid request."""

MODES = {
    "positive": (*CHECKS, "status_code_conformance", "positive_data_acceptance"),
    "negative": (*CHECKS, "negative_data_rejection", "missing_required_header"),
}


def main() -> int:
    """Call every vendor's mock; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vendors", nargs="*", help="all of them when none is named")
    parser.add_argument("--examples", type=int, default=15, help="made-up requests for each call and mode")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    vendors = options.vendors or sorted(spec.parent.name for spec in (ROOT / "specs").glob("*/openapi.yaml"))
    runs = [(vendor, mode) for vendor in vendors for mode in MODES]
    with ThreadPoolExecutor(max_workers=2) as pool:
        done = pool.map(lambda run: fuzz(run[0], run[1], options.examples, options.seed), runs)
        failed = [f"{vendor} ({mode})" for (vendor, mode), fine in zip(runs, done, strict=True) if not fine]
    print(f"finds: {', '.join(failed)}" if failed else f"no finds: {', '.join(vendors)}")
    return 1 if failed else 0


def fuzz(vendor: str, mode: str, examples: int, seed: int) -> bool:
    """Call one vendor's mock with valid or with broken requests; whether nothing was found."""
    from vendorsmith.mock import serving

    before = time.monotonic()
    with serving(vendor) as mock, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "schemathesis.toml").write_text(refusals(vendor), encoding="utf-8")
        command = [
            *(str(Path(sys.executable).parent / "schemathesis"), "run", str(ROOT / "specs" / vendor / "openapi.yaml")),
            *("--url", mock.url, "--mode", mode, "--checks", ",".join(MODES[mode]), "--no-color"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed)),
            *("--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"),
            *(word for header in headers(vendor) for word in ("--header", header)),
        ]
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        calls = len(mock.vendor.requests)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    print(f"{vendor}, {mode} requests: {calls} calls, {time.monotonic() - before:.0f} s, exit code {done.returncode}")
    return done.returncode == 0 and calls > 0


def refusals(vendor: str) -> str:
    """Which calls may be refused although the request is valid, as schemathesis is told so."""
    spec = yaml.safe_load((ROOT / "specs" / vendor / "openapi.yaml").read_text(encoding="utf-8"))
    roles = [role for kind in spec.get("x-jobs", {}).values() for role in kind["operations"].values()]
    return "".join(
        f'[[operations]]\ninclude-operation-id = "{role["operationId"]}"\n'
        f"checks.positive_data_acceptance.expected-statuses = {[*ACCEPTED, '400']}\n"
        for role in roles
        if "refused" in role
    )


def headers(vendor: str) -> list[str]:
    """The header fields of the credential that the vendor suite gives to a client."""
    from jobclients_contract.live.contract import contract_of
    from jobclients_contract.schema_model.credentials import usual

    given = usual(contract_of(vendor, ROOT / "generated", None).suite.credentials)
    return [f"{name}: {value}" for item in given for name, value in item.headers.items()]


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "generator"), str(ROOT / "generated")]
    sys.exit(main())
