"""Airflow connections to the mock vendors."""

from __future__ import annotations

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
    fields = _FIELDS[vendor]
    extra = {**fields.get("extra", {}), "vendor": vendor}
    if "domain" in extra:
        extra["auth_base_url"] = url  # the mock vendor hands out its tokens itself
    api.connection(name, **{**fields, "conn_type": "jobclients", "host": url, "extra": extra})
