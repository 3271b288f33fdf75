"""Words to text: the files of one vendor."""

from __future__ import annotations

from vendorsmith.emit.models import models_context
from vendorsmith.emit.openapi import openapi_text
from vendorsmith.emit.reference import reference_page
from vendorsmith.emit.template_context import client_context
from vendorsmith.emit.templating import render
from vendorsmith.ir import Api


def vendor_files(api: Api, package: str) -> dict[str, str]:
    """The files of one vendor, unformatted, by path below the output folder.

    Args:
        api: the vendor's facts.
        package: the import name of the generated package.
    """
    context = client_context(api, package)
    folder = f"{package}/{api.vendor}"
    files = {
        f"{folder}/__init__.py": render(
            "vendor_init_jobs.py.jinja" if context.job_types else "vendor_init.py.jinja", context=context
        ),
        f"{folder}/client.py": render("client.py.jinja", context=context),
        f"{folder}/models.py": render("models.py.jinja", context=models_context(api, package)),
        f"{folder}/openapi.json": openapi_text(api.openapi),
        f"reference/{api.vendor}.md": render("reference.md.jinja", page=reference_page(api, package)),
    }
    if context.job_types:
        files[f"{folder}/jobs.py"] = render("jobs.py.jinja", context=context)
    if context.own_credentials or context.combined:
        files[f"{folder}/auth.py"] = render("auth.py.jinja", context=context)
    if context.accessors:
        files[f"{folder}/accessors.py"] = render("accessors.py.jinja", context=context)
    return files
