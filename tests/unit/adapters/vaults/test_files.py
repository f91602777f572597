from __future__ import annotations

from pathlib import Path

import pytest

from steward.adapters.vaults.files import FilesVault
from steward.model.errors import InvalidInput, NeedsPerson


def vault_of(place: Path, content: bytes, mode: int = 0o640) -> FilesVault:
    place.write_bytes(content)
    place.chmod(mode)
    return FilesVault(variables={"STEWARD_SECRET_DB_FILE": str(place), "STEWARD_SECRET_DB": "not this"})


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"hunter22", "hunter22"), (b"hunter22\n", "hunter22"), (b"hunter22\r\n", "hunter22"), (b" a\n\n", " a\n")],
)
def test_a_secret_is_the_text_of_its_file_without_the_last_line_end(tmp_path: Path, content: bytes, value: str):
    secret = vault_of(tmp_path / "db", content).get("db")
    assert secret is not None
    assert secret.reveal() == value


def test_a_rotated_file_is_seen(tmp_path: Path):
    vault = vault_of(tmp_path / "db", b"one-one")
    assert vault.get("db")
    (tmp_path / "db").write_bytes(b"two-two")
    secret = vault.get("db")
    assert secret is not None
    assert secret.reveal() == "two-two"


def test_what_no_variable_names_is_absent(tmp_path: Path):
    vault = vault_of(tmp_path / "db", b"hunter22")
    assert vault.get("other") is None
    assert vault.names() == ("db",)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601])
def test_a_file_that_everybody_can_use_is_refused(tmp_path: Path, mode: int):
    with pytest.raises(NeedsPerson, match="chmod o-rwx"):
        vault_of(tmp_path / "db", b"hunter22", mode).get("db")


def test_a_file_that_is_gone_raises_and_does_not_look_absent(tmp_path: Path):
    vault = vault_of(tmp_path / "db", b"hunter22")
    (tmp_path / "db").unlink()
    with pytest.raises(NeedsPerson, match="STEWARD_SECRET_DB_FILE"):
        vault.get("db")


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"\xff\xfe12", b"x" * 70_000])
def test_what_is_no_secret_is_refused(tmp_path: Path, content: bytes):
    with pytest.raises(InvalidInput) as caught:
        vault_of(tmp_path / "db", content).get("db")
    assert "12" not in str(caught.value).replace(str(tmp_path), "")
