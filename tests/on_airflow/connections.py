"""Airflow connections to the mock vendors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from on_airflow.rest import Api
from on_airflow.vendors import KITCHEN
from survive.shared import HOUSE

SECRET: Final = "5ecret-of-the-scenes"
"""What every connection has as its secret, and no log may show."""

_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    KITCHEN: {"password": SECRET, "extra": {"house": HOUSE}},
    "datameer": {"login": "analyst", "password": SECRET},
    "huawei_cdm": {
        "login": "access-key",
        "password": SECRET,
        "extra": {
            "project_id": "1551c7f6c808414d8e9f3c514a170f2e",
            "cluster_id": "6ec9a0a4-76be-4262-8697-e7af1fac7920",
        },
    },
    "huawei_dli": {
        "login": "analyst",
        "password": SECRET,
        "extra": {"domain": "acme", "project_id": "48cc2c48765f481480c7db940d6409d1"},
    },
}
"""What a connection has besides the vendor and its address."""


def connect(api: Api, name: str, vendor: str, url: str) -> None:
    """Make the connection of a vendor.

    Args:
        api: Airflow.
        name: Id of the connection.
        vendor: The vendor.
        url: Where it is.
    """
    api("POST", "/connections", _body(name, vendor, url))


def tested(api: Api, vendor: str, url: str) -> str:
    """Test a connection, as the button does.

    Args:
        api: Airflow.
        vendor: The vendor.
        url: Where it is.

    Returns:
        What the button says; begins with ``failed`` where it is red.
    """
    found = api("POST", "/connections/test", _body("tested", vendor, url))
    return f"{'ok' if found['status'] else 'failed'}: {found['message']}"


def _body(name: str, vendor: str, url: str) -> dict[str, Any]:
    fields = _FIELDS[vendor]
    extra = {**fields.get("extra", {}), "vendor": vendor}
    if "domain" in extra:
        extra["auth_base_url"] = url  # the mock vendor hands out its tokens itself
    own = {"connection_id": name, "conn_type": "jobclients", "host": url, "extra": json.dumps(extra)}
    return {**fields, **own}
