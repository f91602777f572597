from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from steward.adapters.vaults.age_file import AgeFileVault
from steward.model.errors import InvalidInput, NeedsPerson, TryLater
from steward.model.secret import Secret

pytestmark = pytest.mark.skipif(shutil.which("age-keygen") is None, reason="the age program is not installed")


def keygen(place: Path) -> str:
    """Make an identity with the real program; return its recipient."""
    place.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["age-keygen", "-o", place], capture_output=True, check=True)
    place.chmod(0o600)
    return subprocess.run(["age-keygen", "-y", place], capture_output=True, text=True, check=True).stdout.strip()


def age(*words: str | Path, stdin: str = "") -> str:
    done = subprocess.run(["age", *words], input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    place = tmp_path / "keys" / "identity.txt"
    keygen(place)
    return place


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "secrets.age"


@pytest.fixture
def vault(file: Path, identity: Path) -> AgeFileVault:
    found = AgeFileVault(file=file, identity=identity)
    found.create()
    return found


def test_the_first_start_makes_an_identity_that_the_real_age_takes(file: Path, tmp_path: Path):
    identity = tmp_path / "new" / "identity.txt"
    vault = AgeFileVault(file=file, identity=identity)
    vault.create()
    assert identity.stat().st_mode & 0o777 == 0o600
    vault.put("db", Secret("hunter22"))
    kept = (identity.read_bytes(), file.read_bytes())
    vault.create()
    assert (identity.read_bytes(), file.read_bytes()) == kept
    assert "db: hunter22\n" in age("-d", "-i", identity, file)
    assert keygen_recipient(identity) in identity.read_text()


def test_a_lost_identity_is_not_replaced_by_one_that_opens_nothing(vault: AgeFileVault, identity: Path):
    identity.unlink()
    vault.create()
    assert not identity.exists()
    with pytest.raises(NeedsPerson, match="cannot be read"):
        vault.names()


def revealed(vault: AgeFileVault, name: str) -> str | None:
    secret = vault.get(name)
    return secret.reveal() if secret else None


def test_what_was_put_is_found_and_the_rest_is_absent(vault: AgeFileVault):
    vault.put("db", Secret("hunter22"))
    vault.put("token", Secret("multi\nline 'ö'\n"))
    assert (revealed(vault, "db"), revealed(vault, "token")) == ("hunter22", "multi\nline 'ö'\n")
    assert vault.get("other") is None
    assert vault.names() == ("db", "token")


def test_a_secret_can_be_changed_and_removed(vault: AgeFileVault):
    vault.put("db", Secret("hunter22"))
    vault.put("db", Secret("hunter23"))
    assert revealed(vault, "db") == "hunter23"
    assert vault.remove("db") is True
    assert vault.remove("db") is False
    assert vault.names() == ()


def test_the_real_age_reads_what_steward_wrote(vault: AgeFileVault, file: Path, identity: Path):
    vault.put("db", Secret("hunter22"))
    assert "db: hunter22\n" in age("-d", "-i", identity, file)


@pytest.mark.parametrize("armor", [(), ("-a",)])
@pytest.mark.parametrize("text", ["# mine\ndb: hunter22  # why\n", '{"db": "hunter22"}'])
def test_steward_reads_and_changes_what_the_real_age_wrote(
    file: Path, identity: Path, armor: tuple[str, ...], text: str
):
    age(*armor, "-r", keygen_recipient(identity), "-o", file, stdin=text)
    vault = AgeFileVault(file=file, identity=identity)
    assert revealed(vault, "db") == "hunter22"
    vault.put("new", Secret("value"))
    after = age("-d", "-i", identity, file)
    assert revealed(vault, "new") == "value"
    assert all(part in after for part in ("# mine", "# why") if part in text)


def keygen_recipient(identity: Path) -> str:
    return subprocess.run(["age-keygen", "-y", identity], capture_output=True, text=True, check=True).stdout.strip()


def test_neither_the_file_nor_its_leftovers_hold_a_value_in_clear(vault: AgeFileVault, file: Path):
    vault.put("db", Secret("hunter22"))
    for place in file.parent.iterdir():
        assert b"hunter22" not in place.read_bytes()
        assert place.stat().st_mode & 0o077 == 0


def test_another_identity_is_refused_and_says_so(vault: AgeFileVault, file: Path, tmp_path: Path):
    vault.put("db", Secret("hunter22"))
    other = tmp_path / "other" / "identity.txt"
    keygen(other)
    stranger = AgeFileVault(file=file, identity=other)
    for ask in (lambda: stranger.get("db"), stranger.names, lambda: stranger.put("x", Secret("yyyy"))):
        with pytest.raises(NeedsPerson, match="encrypted for another identity"):
            ask()
    assert revealed(vault, "db") == "hunter22"


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_file_raises_and_does_not_look_empty(vault: AgeFileVault, file: Path, damage: bytes | None):
    vault.put("db", Secret("hunter22"))
    file.write_bytes(file.read_bytes()[:-3] if damage is None else damage)
    with pytest.raises(NeedsPerson, match="damaged"):
        vault.get("db")


def test_a_missing_file_raises_and_does_not_look_empty(vault: AgeFileVault, file: Path):
    file.unlink()
    with pytest.raises(NeedsPerson, match="secrets file is missing"):
        vault.names()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_an_identity_that_others_can_read_is_refused(vault: AgeFileVault, identity: Path, mode: int):
    identity.chmod(mode)
    with pytest.raises(NeedsPerson, match="others can read"):
        vault.names()


def test_an_identity_beside_what_it_protects_is_refused(file: Path, tmp_path: Path):
    keygen(file.parent / "identity.txt")
    with pytest.raises(NeedsPerson, match="beside what it protects"):
        AgeFileVault(file=file, identity=file.parent / "identity.txt").create()
    keygen(tmp_path / "state" / "deep" / "identity.txt")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "state" / "deep" / "identity.txt")
    with pytest.raises(NeedsPerson, match="beside what it protects"):
        AgeFileVault(file=file, identity=link, keep_apart=(tmp_path / "state",)).create()


@pytest.mark.parametrize("content", ["", "AGE-SECRET-KEY-1NOTONE\n", "hunter22\n"])
def test_a_file_that_is_no_identity_is_refused_without_showing_it(vault: AgeFileVault, identity: Path, content: str):
    identity.write_text(content)
    with pytest.raises(NeedsPerson, match="no age identity") as caught:
        vault.names()
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["db: *hunter22\n", "db: hunter22\ndb: hunter22\n", "- hunter22\n", "hunter22", "db: !hunter22 x\n"]
)
def test_what_cannot_be_understood_is_refused_without_showing_it(
    vault: AgeFileVault, file: Path, identity: Path, text: str
):
    age("-r", keygen_recipient(identity), "-o", file, stdin=text)
    with pytest.raises(InvalidInput) as caught:
        vault.get("db")
    assert "hunter22" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("text", ["db:\n", "db: ''\n", "db: 12345\n", "db: [hunter22]\n"])
def test_a_value_that_is_no_text_is_refused_and_never_an_empty_secret(
    vault: AgeFileVault, file: Path, identity: Path, text: str
):
    age("-r", keygen_recipient(identity), "-o", file, stdin=text)
    with pytest.raises(InvalidInput, match="the secret `db` is"):
        vault.get("db")


def test_a_second_reader_is_not_locked_out(file: Path, identity: Path, tmp_path: Path):
    spare = tmp_path / "spare" / "identity.txt"
    spare_recipient = keygen(spare)
    readers = ("-r", keygen_recipient(identity), "-r", spare_recipient)
    for armor in ((), ("-a",)):
        age(*armor, *readers, "-o", file, stdin="db: hunter22\n")
        with pytest.raises(NeedsPerson, match="lock somebody out"):
            AgeFileVault(file=file, identity=identity).put("x", Secret("yyyy"))
    knowing = AgeFileVault(file=file, identity=identity, recipients=(spare_recipient,))
    knowing.put("x", Secret("yyyy"))
    knowing.put("z", Secret("zzzz"))
    assert "x: yyyy" in age("-d", "-i", spare, file)


def test_writers_at_the_same_moment_lose_nothing(vault: AgeFileVault, file: Path, identity: Path):
    def put(number: int) -> None:
        AgeFileVault(file=file, identity=identity).put(f"s{number}", Secret(f"value-{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(12)))
    assert len(vault.names()) == 12


def test_a_disk_that_refuses_leaves_the_old_file(vault: AgeFileVault, file: Path):
    vault.put("db", Secret("hunter22"))
    (file.parent / ".secrets.age.new").mkdir()
    with pytest.raises(TryLater):
        vault.put("db", Secret("hunter23"))
    assert revealed(vault, "db") == "hunter22"
