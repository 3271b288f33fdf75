"""Documents of other people raise no false alarm, under another package name.

Nine are published examples; eleven are extracts of published documents, with operations and schemas as their vendors
wrote them. All are upgraded to OpenAPI 3.1 by hand. The first lines of each say where it is from, and what was changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .suites import failures, generated, suite

FOREIGN = sorted((Path(__file__).parent / "foreign").glob("*.yaml"))


@pytest.mark.parametrize("spec", FOREIGN, ids=lambda spec: spec.stem)
def test_the_suite_of_a_document_that_others_wrote_holds(tmp_path: Path, spec: Path) -> None:
    with suite(tmp_path, generated(spec.read_text(encoding="utf-8"))) as vendor:
        assert vendor.cases
        found = failures(vendor)
    assert not found, "\n\n".join(found.values())
