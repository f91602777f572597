from __future__ import annotations

import pytest

from steward.adapters.vaults.environment import EnvironmentVault
from steward.model.errors import InvalidInput


def test_a_secret_is_found_under_its_variable_whatever_its_separators():
    vault = EnvironmentVault(variables={"STEWARD_SECRET_GITEA_TOKEN": "hunter22", "PATH": "/bin"})
    for name in ("gitea-token", "gitea_token", "gitea.token"):
        secret = vault.get(name)
        assert secret is not None
        assert secret.reveal() == "hunter22"
    assert vault.names() == ("gitea-token",)


def test_a_missing_secret_is_none():
    assert EnvironmentVault(variables={}).get("gitea-token") is None


def test_a_variable_that_is_set_and_empty_is_an_error_and_never_an_empty_secret():
    with pytest.raises(InvalidInput, match="STEWARD_SECRET_DB is set and empty"):
        EnvironmentVault(variables={"STEWARD_SECRET_DB": ""}).get("db")


def test_a_variable_that_names_a_file_is_no_value():
    vault = EnvironmentVault(variables={"STEWARD_SECRET_DB_FILE": "/run/db"})
    assert vault.names() == ()
    assert vault.get("db-file") is None


def test_a_vault_does_not_show_values():
    assert "hunter22" not in repr(vars(EnvironmentVault(variables={"STEWARD_SECRET_DB": "hunter22"})))
