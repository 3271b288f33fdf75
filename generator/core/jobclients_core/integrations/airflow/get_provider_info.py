"""How this provider describes itself to Airflow, by the entry point ``apache_airflow_provider``."""

from __future__ import annotations

from typing import Any, Final

_PACKAGE: Final = "jobclients_core.integrations.airflow"
_INTEGRATION: Final = "Job clients"


def get_provider_info() -> dict[str, Any]:
    """Describe the provider.

    Returns:
        The connection type with its form, the link, and where hooks, operators, sensors and triggers are.
    """
    return {
        "package-name": "jobclients-core",
        "name": _INTEGRATION,
        "description": "Jobs of every vendor that has a generated client",
        "integrations": [{"integration-name": _INTEGRATION, "tags": ["service"]}],
        "hooks": [_modules("hooks")],
        "operators": [_modules("operators", "batch")],
        "sensors": [_modules("sensors")],
        "triggers": [_modules("triggers", "batch", "events")],
        "connection-types": [
            {
                "connection-type": "jobclients",
                "hook-class-name": f"{_PACKAGE}.hooks.jobclients.JobClientsHook",
                "hook-name": _INTEGRATION,
                "conn-fields": _CONNECTION_FIELDS,
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "port"],
                    "relabeling": {
                        "host": "Base URL",
                        "login": "User name or access key",
                        "password": "Password, secret key or token",
                        "extra": "Other settings of the vendor's client",
                    },
                    "placeholders": {
                        "host": "the vendor's own server",
                        "extra": '{"region": "...", "project_id": "..."}',
                    },
                },
            }
        ],
        "extra-links": [f"{_PACKAGE}.links.jobclients.JobClientsJobLink"],
    }


def _modules(part: str, *others: str) -> dict[str, Any]:
    names = [f"{_PACKAGE}.{part}.{name}" for name in ("jobclients", *others)]
    return {"integration-name": _INTEGRATION, "python-modules": names}


def _field(label: str, description: str, kind: str = "string", **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}


_CONNECTION_FIELDS: Final = {
    "vendor": _field("Vendor", "Name of an installed vendor, or package:vendor"),
    "account": _field("Account", "Label of the account in saved jobs and logs"),
    "token": _field("Token", "In the place of a password", format="password"),
    "timeout": _field("Timeout", "Seconds for one call to the vendor", "number"),
    "verify": _field("Certificates", "File or folder of certificate authorities; the system's if empty"),
    "proxy": _field("Proxy", "URL of a proxy: http, https or socks5", format="password"),
    "timezone": _field("Time zone", "Of times for which the vendor names none, such as Europe/Berlin"),
}
