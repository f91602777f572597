"""Secrets by name: taken from the first vault that has them, masked everywhere from that moment on."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from steward.lib.codec import Json
from steward.lib.redact import Redactor
from steward.lib.secret_forms import SHORTEST
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidInput, NeedsPerson, NotFound, Stale
from steward.model.secret import NAME, SCHEME, Secret, SecretRef, variable_of
from steward.ports.vault import Vault, WritableVault

_VERSION_DIGITS = 12


class Secrets:
    """Resolves names at the last moment and keeps no value itself."""

    def __init__(
        self, *, vaults: Sequence[Vault], redactor: Redactor, version_key: bytes, writable: WritableVault | None = None
    ) -> None:
        """Ask the vaults in this order; `version_key` keeps versions from telling anything about values."""
        self._vaults = tuple(vaults)
        self._redactor = redactor
        self._version_key = version_key
        self._writable = writable

    def resolve(self, ref: SecretRef | str) -> Secret:
        """Return a secret, by reference or by name (`secret://` may stand before it).

        The value is registered for masking before it is returned. A vault that cannot be read raises, even when a
        later one has the secret: which value counts must not depend on what happens to be broken.

        Raises:
            NotFound: no vault has it.
            Stale: the reference names a version and the value is another one now.
            InvalidInput: the name is none, or the value is too short to be masked.
        """
        name = _checked(ref.name if isinstance(ref, SecretRef) else ref)
        secret = next((found for vault in self._vaults if (found := vault.get(name)) is not None), None)
        if secret is None:
            raise self._missing(name)
        self._register(name, secret)
        if isinstance(ref, SecretRef) and ref.version and ref.version != self._version(name, secret):
            raise Stale(f"the secret `{name}` has another value now", next_step="plan again")
        return secret

    def version(self, name: str) -> str:
        """Return a short text that changes with the value and tells nothing about it.

        Raises:
            NotFound, InvalidInput: as for `resolve`.
        """
        name = _checked(name)
        return self._version(name, self.resolve(name))

    def mask_all(self) -> None:
        """Register every secret there is for masking, as at the start: what was never asked for may be printed too.

        Raises:
            StewardError: a vault cannot be read, or a value is too short to be masked.
        """
        for name in self.names():
            self.resolve(name)

    def refuse_in(self, value: Json, what: str = "plan") -> None:
        """Refuse what would carry a secret into a plan or a grant, which is stored, shown and compared as it is.

        The rule is one: a plan that masking would change is refused, whether a known value or a detector says so, since
        what a person is shown passes the masking and must be what is hashed and run.

        Raises:
            InvalidInput: naming the secret, never showing it.
        """
        if self._redactor.json(value) != value:
            found = next((mask for text in _texts(value) for _, _, mask in self._redactor.spans(text)), "a secret")
            raise InvalidInput(
                f"the {what} would contain the value of {found}",
                why=f"{what}s are stored and shown as they are",
                next_step="put the value into the vault (`steward secrets set NAME`) and write `secret://NAME`",
            )

    def names(self) -> tuple[str, ...]:
        """Return every name that some vault has, sorted."""
        return tuple(sorted({name for vault in self._vaults for name in vault.names()}))

    def put(self, name: str, secret: Secret) -> None:
        """Set a secret in the vault that Steward can write.

        Raises:
            InvalidInput: the name or the value cannot be used.
            NeedsPerson: there is no such vault yet.
        """
        name = _checked(name)
        self._register(name, secret)
        self._vault_to_write().put(name, secret)

    def remove(self, name: str) -> None:
        """Take a secret out of the vault that Steward can write.

        Raises:
            NotFound: it is not in there.
            NeedsPerson: there is no such vault yet.
        """
        name = _checked(name)
        if not self._vault_to_write().remove(name):
            raise self._missing(name)

    def _vault_to_write(self) -> WritableVault:
        if self._writable is None:
            raise NeedsPerson("there is no vault that can be written", next_step="`steward init` creates one")
        return self._writable

    def _register(self, name: str, secret: Secret) -> None:
        if len(secret.reveal()) < SHORTEST:
            why = f"a value of less than {SHORTEST} characters cannot be masked in output"
            raise InvalidInput(f"the secret `{name}` is too short", why=why, next_step="give it a longer value")
        self._redactor.add(name, secret.reveal())

    def _version(self, name: str, secret: Secret) -> str:
        message = name.encode() + b"\0" + secret.reveal().encode()
        return hmac.new(self._version_key, message, hashlib.sha256).hexdigest()[:_VERSION_DIGITS]

    def _missing(self, name: str) -> NotFound:
        near = nearest(name, self.names())
        hint = f"did you mean `{near}`?" if near else f"`steward secrets set {name}`, or set {variable_of(name)}_FILE"
        vaults = ", ".join(vault.name for vault in self._vaults) or "none"
        return NotFound(f"there is no secret `{name}`", why=f"vaults asked: {vaults}", next_step=hint)


def _texts(value: Json) -> Iterator[str]:
    """Give every string in plain JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _checked(name: str) -> str:
    plain = name.removeprefix(SCHEME)
    if not NAME.fullmatch(plain):
        rule = "use lower-case letters, digits, dot, dash and underscore"
        raise InvalidInput(f"`{visible_line(plain[:80])}` cannot be the name of a secret", next_step=rule)
    return plain
