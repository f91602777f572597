"""Settings of coming in through others: what means nothing alone is refused, and nobody is made the owner."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.app.ways import read_ways
from steward.model.access import Role
from steward.model.errors import InvalidInput

OIDC = {"OIDC_ISSUER": "https://id.home.example/realms/home", "OIDC_CLIENT_ID": "steward"}
GROUPS = {**OIDC, "OIDC_GROUPS_CLAIM": "groups"}
FORWARD = {"FORWARD_AUTH_HEADER": "Remote-User", "FORWARD_AUTH_PROXIES": "10.0.0.2, 10.1.0.0/24"}


def ways(**given: str):
    return read_ways({f"STEWARD_{name}": value for name, value in given.items()})


def test_nobody_else_says_who_somebody_is_unless_the_owner_wants_it():
    off = ways()
    assert (off.oidc_issuer, off.oidc_roles, off.forward_auth_header, off.forward_auth_owner) == ("", (), "", "")


def test_what_is_given_is_read():
    on = ways(**GROUPS, OIDC_ROLES="home admins=operator, a=b=viewer", OIDC_CLIENT_SECRET_FILE="/run/secret", **FORWARD)
    assert on.oidc_roles == (("home admins", Role.OPERATOR), ("a=b", Role.VIEWER))
    assert on.oidc_client_secret_file == Path("/run/secret")
    assert on.forward_auth_proxies == ("10.0.0.2", "10.1.0.0/24")


@pytest.mark.parametrize(
    "given",
    [
        {"OIDC_ISSUER": "https://id.home.example"},
        {"OIDC_CLIENT_ID": "steward"},
        {"OIDC_CLIENT_SECRET_FILE": "/run/secret"},
        {**OIDC, "OIDC_ROLES": "a=viewer"},
        GROUPS,
        {"OIDC_GROUPS_CLAIM": "groups", "OIDC_ROLES": "a=viewer"},
        {"FORWARD_AUTH_HEADER": "Remote-User"},
        {"FORWARD_AUTH_PROXIES": "10.0.0.2"},
        {"FORWARD_AUTH_OWNER": "boss"},
        {**OIDC, "OIDC_ISSUER": "http://id.home.example"},
        {**OIDC, "OIDC_ISSUER": "https://id.home.example?x=1"},
        {**OIDC, "OIDC_ISSUER": "https://me@id.home.example"},
        {**OIDC, "OIDC_ISSUER": "id.home.example"},
        {**GROUPS, "OIDC_ROLES": "admins=owner"},
        {**GROUPS, "OIDC_ROLES": "admins=OWNER"},
        {**GROUPS, "OIDC_ROLES": "admins"},
        {**GROUPS, "OIDC_ROLES": "=viewer"},
        *(
            {**FORWARD, "FORWARD_AUTH_HEADER": name}
            for name in ("Cookie", "Authorization", "X-Forwarded-For", "a b", "Host")
        ),
    ],
)
def test_what_does_not_go_together_is_an_error(given: dict[str, str]):
    with pytest.raises(InvalidInput, match=r"STEWARD_(OIDC|FORWARD_AUTH)"):
        ways(**given)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9000", "http://localhost:9000/", "http://[::1]:9000"])
def test_only_this_machine_is_trusted_without_encryption(issuer: str):
    assert ways(OIDC_ISSUER=issuer, OIDC_CLIENT_ID="steward").oidc_issuer == issuer
