"""The tables of a vendor, derived in this process from its spec: for what still reads tables, until it reads documents.

Generated modules hold lines and no tables any more; live checks and the coverage matrix are written for tables.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from jobclients_contract.cases import Contract


def derived(vendor: str, package: str, specs: Path) -> Contract:
    """The tables of a vendor.

    Args:
        vendor: its name.
        package: import name of the clients.
        specs: folder of the specs.

    Raises:
        ImportError: the generator is not installed.
        FileNotFoundError: the spec is not there.
    """
    if not (specs / vendor / "openapi.yaml").is_file():
        raise FileNotFoundError(specs / vendor / "openapi.yaml")
    pipeline: Any = importlib.import_module("vendorsmith.pipeline")
    targets: Any = importlib.import_module("vendorsmith.targets")
    (target,) = [one for one in targets.targets([vendor], specs) if one.vendor == vendor]
    contract: Contract = pipeline.contract_of(target, package)
    return contract
