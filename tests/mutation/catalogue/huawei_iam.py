"""Mutants of the client and the credential of Huawei Cloud Identity and Access Management."""

from __future__ import annotations

from .mutant import Mutant

CLIENT = "huawei_iam/client.py"
MODELS = "huawei_iam/models.py"
AUTH = "huawei_iam/auth.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "huawei_iam/token-header",
        "The token is looked for in another header than the one that carries it.",
        AUTH,
        "$response.header.X-Subject-Token",
        "$response.header.X-Auth-Token",
    ),
    Mutant(
        "huawei_iam/scope",
        "The token is asked for a project of that name rather than of that id.",
        AUTH,
        '{"project": {"id": "$client.project_id"}}',
        '{"project": {"name": "$client.project_id"}}',
    ),
    Mutant(
        "huawei_iam/domain",
        "The account is sent as the id of an account.",
        AUTH,
        '"domain": {"name": "$credential.domain"}',
        '"domain": {"id": "$credential.domain"}',
    ),
    Mutant(
        "huawei_iam/exchange-path",
        "The exchange goes to a path that does not exist.",
        AUTH,
        'path="/v3/auth/tokens"',
        'path="/v3/auth/token"',
    ),
    Mutant(
        "huawei_iam/exchange-expiry",
        "A token that ends in minutes is used for a day.",
        AUTH,
        '        expires="$response.body#/token/expires_at",\n',
        "",
    ),
    Mutant(
        "huawei_iam/password-in-repr",
        "Printing the credential shows the password.",
        AUTH,
        "password: str = field(repr=False)",
        "password: str",
    ),
    Mutant(
        "huawei_iam/exchange-server",
        "The password is sent to another host of the region.",
        AUTH,
        'server="https://iam.{region}.myhuaweicloud.com"',
        'server="https://cdm.{region}.myhuaweicloud.com"',
    ),
    Mutant(
        "huawei_iam/path",
        "The call goes to a path that does not exist.",
        CLIENT,
        'path="/v3/auth/tokens"',
        'path="/v3/auth/tokens/"',
    ),
    Mutant(
        "huawei_iam/query",
        "Leaving out the catalogue is asked for in another spelling.",
        CLIENT,
        'Query("nocatalog")',
        'Query("nocatalog", "noCatalog")',
    ),
    Mutant(
        "huawei_iam/status",
        "The documented 201 is reported as an unexpected status.",
        CLIENT,
        "returns={201:",
        "returns={200:",
    ),
    Mutant(
        "huawei_iam/not-repeated",
        "A 503 is not tried again, although a token too many does no harm.",
        CLIENT,
        "    idempotent=True,\n",
        "",
    ),
    Mutant(
        "huawei_iam/error-code",
        "Errors lose the code of the service.",
        CLIENT,
        'code=("$response.body#/error_code", "$response.body#/error/code")',
        'code=("$response.body#/error_code",)',
    ),
    Mutant(
        "huawei_iam/async-argument",
        "The async client does not pass on that the catalogue is to be left out.",
        CLIENT,
        "return await self.send(CREATE_TOKEN.call(auth=auth, nocatalog=nocatalog))",
        "return await self.send(CREATE_TOKEN.call(auth=auth))",
    ),
    Mutant(
        "huawei_iam/secret",
        "Printing a request shows the password.",
        MODELS,
        "password: Secret",
        "password: str",
    ),
    Mutant(
        "huawei_iam/end-of-token",
        "The end of a token is a text and no time.",
        MODELS,
        "expires_at: Rfc3339\n",
        "expires_at: str\n",
    ),
    Mutant(
        "huawei_iam/error-code-type",
        "The body of an error whose code is a number is not given.",
        MODELS,
        "code: Int | str | None = None",
        "code: str | None = None",
    ),
)
