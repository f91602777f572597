"""Secrets in one age-encrypted file: a YAML (or JSON) mapping of names to values.

`age -d -i IDENTITY secrets.age` reads what Steward wrote, and Steward reads what `age -r RECIPIENT` wrote, armored
or not. The identity is a file of `age-keygen`, readable by its owner alone, and lies away from the data it protects.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Generator, Sequence
from pathlib import Path

import pyrage
from pyrage import ssh, x25519

from steward.lib.yaml import Document, YamlError, load
from steward.lib.yaml_edit import Change, Put, Remove, edit
from steward.model.errors import InvalidInput, NeedsPerson, TryLater
from steward.model.secret import Secret

_HEADING = "# Secrets of Steward: name: value. `steward secrets set NAME` writes here.\n"
_RECIPIENT = re.compile(rb"(?m)^-> (?!\S+-grease)\S+")
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"


class AgeFileVault:
    """Decrypts at every question and keeps nothing; implements `ports.vault.WritableVault`."""

    def __init__(
        self, *, file: Path, identity: Path, recipients: Sequence[str] = (), keep_apart: Sequence[Path] = ()
    ) -> None:
        """Use `file` with the key in `identity`.

        `recipients` may read what is written besides the identity's owner (a spare key of the owner). The identity
        may lie in none of the folders `keep_apart`, nor beside `file`: one backup would carry lock and key.
        """
        self._file = file
        self._identity_file = identity
        self._recipients = tuple(recipients)
        self._keep_apart = (file.parent, *keep_apart)

    @property
    def name(self) -> str:
        """Name for messages."""
        return "age"

    def create(self) -> None:
        """Write an encrypted file without secrets, and a new identity for it, where there is none of both.

        What is there is left alone: a file whose identity is lost gets no new one, it could not be opened by it.
        """
        with self._locked():
            if self._file.exists():
                return
            if not self._identity_file.exists():
                self._make_identity()
            self._write(_HEADING)

    def get(self, name: str) -> Secret | None:
        """Return the secret of this name, or None when the file does not have it.

        Raises:
            NeedsPerson: the file or the identity is missing, exposed, or the wrong one.
            InvalidInput: what was decrypted is no mapping, or the value is no text.
        """
        values = self._values(self._document(self._text()))
        if name not in values:
            return None
        value = values[name]
        if not isinstance(value, str) or not value:
            what = f"the secret `{name}` is {'empty' if value in ('', None) else 'not text'}"
            raise InvalidInput(
                what, where=str(self._file), next_step=f"`steward secrets set {name}`, or quote the value"
            )
        return Secret(value)

    def names(self) -> tuple[str, ...]:
        """Return the names this vault has."""
        return tuple(sorted(self._values(self._document(self._text()))))

    def put(self, name: str, secret: Secret) -> None:
        """Set a secret; everything else in the file, comments included, stays."""
        with self._locked():
            self._change(self._text(), Put(path=(name,), value=secret.reveal()))

    def remove(self, name: str) -> bool:
        """Take a secret away and tell whether it was there."""
        with self._locked():
            text = self._text()
            if name not in self._values(self._document(text)):
                return False
            self._change(text, Remove(path=(name,)))
            return True

    def _change(self, text: str, change: Change) -> None:
        try:
            changed = edit(text, (change,))
        except YamlError as error:
            raise self._unreadable(error) from None  # the cause would quote what was decrypted
        self._refuse_to_lock_out()
        self._write(changed)

    def _document(self, text: str) -> Document:
        try:
            return load(text)
        except YamlError as error:
            raise self._unreadable(error) from None  # the cause would quote what was decrypted

    def _values(self, document: Document) -> dict[str, object]:
        if document.value is None:
            return {}
        if not isinstance(document.value, dict):
            step = "write one `name: value` a line"
            raise InvalidInput("the secrets file holds no mapping", where=str(self._file), next_step=step)
        return dict(document.value)

    def _unreadable(self, error: YamlError) -> InvalidInput:
        line = error.problems[0].line
        why = f"line {line} of what was decrypted is not `name: value`"
        step = f"decrypt it with `age -d -i {self._identity_file}`, mend it, encrypt it again"
        return InvalidInput("the secrets file cannot be understood", where=str(self._file), why=why, next_step=step)

    def _text(self) -> str:
        identity = self._identity()
        try:
            data = self._file.read_bytes()
        except FileNotFoundError as error:
            step = "`steward init` creates it; if it was there before, restore it from a backup"
            raise NeedsPerson("the secrets file is missing", where=str(self._file), next_step=step) from error
        except OSError as error:
            raise TryLater("the secrets file cannot be read", where=str(self._file), why=str(error)) from error
        try:
            return pyrage.decrypt(data, [identity]).decode()
        except pyrage.DecryptError as error:
            is_wrong_key = "No matching keys" in str(error)
            what = (
                "the secrets file is encrypted for another identity" if is_wrong_key else "the secrets file is damaged"
            )
            step = "restore the identity that belongs to it" if is_wrong_key else "restore it from a backup"
            why = f"{self._identity_file} does not open it" if is_wrong_key else str(error)
            raise NeedsPerson(what, where=str(self._file), why=why, next_step=step) from error
        except UnicodeDecodeError:
            raise InvalidInput("the secrets file holds no UTF-8 text", where=str(self._file)) from None

    def _identity(self) -> x25519.Identity:
        """Read the identity, and refuse one that others can read or that lies beside what it protects."""
        where = str(self._identity_file)
        place = self._identity_file.resolve()
        if any(place.is_relative_to(folder.resolve()) for folder in self._keep_apart):
            step = f"move it to a folder of its own, outside {' and '.join(str(each) for each in self._keep_apart)}"
            raise NeedsPerson("the age identity lies beside what it protects", where=where, next_step=step)
        try:
            with self._identity_file.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                lines = file.read(64 * 1024).decode("ascii", "replace").splitlines()
        except OSError as error:
            step = "`age-keygen -o` makes a new one; secrets need the one they were encrypted for"
            raise NeedsPerson("the age identity cannot be read", where=where, why=str(error), next_step=step) from error
        if mode & 0o077:
            raise NeedsPerson("others can read the age identity", where=where, next_step=f"chmod 600 {where}")
        keys = [line.strip() for line in lines if line.strip().startswith("AGE-SECRET-KEY-")]
        try:
            return x25519.Identity.from_str(keys[0])
        except (IndexError, pyrage.IdentityError):
            step = "it must hold a line AGE-SECRET-KEY-1..., as `age-keygen` writes it"
            raise NeedsPerson("this is no age identity", where=where, next_step=step) from None

    def _make_identity(self) -> None:
        """Write a new identity as `age-keygen` does."""
        identity = x25519.Identity.generate()
        text = f"# public key: {identity.to_public()}\n{identity}\n"
        try:
            self._identity_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._identity_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            where = str(self._identity_file)
            raise TryLater("the age identity cannot be written", where=where, why=str(error)) from error

    def _refuse_to_lock_out(self) -> None:
        """Refuse to write when the present file has more readers than are known here: they would lose access."""
        data = self._file.read_bytes()
        if data.lstrip().startswith(_ARMOR):
            data = base64.b64decode(b"".join(data.strip().splitlines()[1:-1]))
        readers = len(_RECIPIENT.findall(data.partition(b"\n---")[0]))
        if readers > 1 + len(self._recipients):
            why = f"it has {readers} recipients, {1 + len(self._recipients)} are known here"
            step = "name every recipient in the settings, then retry"
            raise NeedsPerson("writing would lock somebody out", where=str(self._file), why=why, next_step=step)

    def _write(self, text: str) -> None:
        """Encrypt and replace the file at once; a crash leaves the old one or the new one."""
        try:
            readers = [_recipient(each) for each in self._recipients]
        except pyrage.RecipientError as error:
            raise InvalidInput("a recipient is not valid", where=str(self._file), why=str(error)) from error
        data = pyrage.encrypt(text.encode(), [self._identity().to_public(), *readers])
        temporary = self._file.with_name(f".{self._file.name}.new")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._file)
            folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise TryLater("the secrets file cannot be written", where=str(self._file), why=str(error)) from error

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Hold the writer's lock; the kernel lets go of it when the process dies."""
        place = self._file.with_name(f".{self._file.name}.lock")
        try:
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise TryLater("the secrets file cannot be written", where=str(place), why=str(error)) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _recipient(text: str) -> x25519.Recipient | ssh.Recipient:
    return ssh.Recipient.from_str(text) if text.startswith("ssh-") else x25519.Recipient.from_str(text)
