from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from steward.adapters.vaults.environment import EnvironmentVault
from steward.adapters.vaults.files import FilesVault
from steward.core.secrets import Secrets
from steward.lib.redact import Redactor
from steward.model.errors import InvalidInput, NeedsPerson, NotFound, Stale
from steward.model.secret import Secret, SecretRef

KEY = b"k" * 32


@dataclass
class MemoryVault:
    """A vault that keeps what it is given."""

    name: str = "memory"
    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Secret | None:
        return Secret(self.values[name]) if name in self.values else None

    def names(self) -> tuple[str, ...]:
        return tuple(self.values)

    def put(self, name: str, secret: Secret) -> None:
        self.values[name] = secret.reveal()

    def remove(self, name: str) -> bool:
        return self.values.pop(name, None) is not None


def secrets_of(redactor: Redactor | None = None, key: bytes = KEY, **values: str) -> Secrets:
    vault = MemoryVault(values=dict(values))
    return Secrets(vaults=(vault,), redactor=redactor or Redactor(), version_key=key, writable=vault)


def test_the_first_vault_that_has_a_secret_gives_it():
    first, second = MemoryVault(values={"db": "from-first"}), MemoryVault(values={"db": "from-second", "x": "xxxx"})
    secrets = Secrets(vaults=(first, second), redactor=Redactor(), version_key=KEY)
    assert secrets.resolve("db").reveal() == "from-first"
    assert secrets.resolve("secret://x").reveal() == "xxxx"
    assert secrets.names() == ("db", "x")


def test_a_value_is_masked_before_anybody_has_it():
    redactor = Redactor()
    secrets_of(redactor, db="hunter22").resolve("db")
    assert redactor.text("hunter22") == "\u2039secret:db\u203a"


def test_every_secret_can_be_masked_before_it_is_ever_asked_for():
    redactor = Redactor()
    secrets_of(redactor, db="hunter22", token="correct horse").mask_all()
    assert "hunter22" not in redactor.text("hunter22 correct horse")
    assert "horse" not in redactor.text("hunter22 correct horse")


def test_a_vault_that_cannot_be_read_raises_although_a_later_one_has_the_secret(tmp_path: Path):
    broken = FilesVault(variables={"STEWARD_SECRET_DB_FILE": str(tmp_path / "gone")})
    later = EnvironmentVault(variables={"STEWARD_SECRET_DB": "hunter22"})
    secrets = Secrets(vaults=(broken, later), redactor=Redactor(), version_key=KEY)
    with pytest.raises(NeedsPerson):
        secrets.resolve("db")


def test_a_missing_secret_is_not_found_and_the_nearest_name_is_given():
    with pytest.raises(NotFound, match="did you mean `gitea-token`"):
        secrets_of(**{"gitea-token": "hunter22"}).resolve("gitea-tokn")
    with pytest.raises(NotFound, match="STEWARD_SECRET_DB_FILE"):
        secrets_of().resolve("db")


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "a" * 80, "-a", "secret://secret://a"])
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(InvalidInput, match="cannot be the name of a secret"):
        secrets_of().resolve(name)


@pytest.mark.parametrize("value", ["", "abc"])
def test_a_value_too_short_to_be_masked_is_never_given_out(value: str):
    with pytest.raises(InvalidInput, match="cannot be masked"):
        secrets_of(pin=value).resolve("pin")
    with pytest.raises(InvalidInput, match="cannot be masked"):
        secrets_of().put("pin", Secret(value))


def test_a_version_changes_with_the_value_the_name_and_the_key_and_shows_nothing():
    versions = {
        secrets_of(db="hunter22").version("db"),
        secrets_of(db="hunter23").version("db"),
        secrets_of(other="hunter22").version("other"),
        secrets_of(key=b"other", db="hunter22").version("db"),
    }
    assert len(versions) == 4
    assert all(len(version) == 12 for version in versions)
    assert secrets_of(db="hunter22").version("db") == secrets_of(db="hunter22", x="yyyy").version("db")


def test_a_reference_to_another_version_is_stale():
    secrets = secrets_of(db="hunter22")
    ref = SecretRef(name="db", version=secrets.version("db"))
    assert secrets.resolve(ref).reveal() == "hunter22"
    secrets.put("db", Secret("hunter23"))
    with pytest.raises(Stale):
        secrets.resolve(ref)
    assert secrets.resolve(SecretRef(name="db")).reveal() == "hunter23"


def test_a_secret_can_be_put_and_removed_where_a_vault_can_be_written():
    secrets = secrets_of()
    secrets.put("db", Secret("hunter22"))
    assert secrets.resolve("db").reveal() == "hunter22"
    secrets.remove("db")
    with pytest.raises(NotFound):
        secrets.remove("db")


def test_without_a_vault_to_write_nothing_is_kept():
    secrets = Secrets(vaults=(), redactor=Redactor(), version_key=KEY)
    with pytest.raises(NeedsPerson):
        secrets.put("db", Secret("hunter22"))


def test_what_would_carry_a_value_into_a_plan_is_refused_by_name_and_never_shown():
    secrets = Secrets(vaults=(MemoryVault(values={"wifi": "correct horse"}),), redactor=Redactor(), version_key=KEY)
    secrets.mask_all()
    secrets.refuse_in({"steps": [{"argv": ["/bin/sh", "-c", "echo secret://wifi"]}], "max_uses": 1})
    for carried in ({"argv": ["join correct horse"]}, {"correct horse": 1}, ["Y29ycmVjdCBob3JzZQ=="]):
        with pytest.raises(InvalidInput, match="wifi") as refused:
            secrets.refuse_in({"steps": [carried]})
        assert "horse" not in str(refused.value)
