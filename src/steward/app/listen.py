"""Settings of the ways in over HTTP: where Steward listens, by which names it is known, whom it believes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from steward.app.paths import PREFIX
from steward.model.errors import InvalidInput

NAMES = ("LISTEN", "PUBLIC_URL", "HOSTS", "TRUSTED_PROXIES", "TLS_CERT", "TLS_KEY")
_DEFAULT = "127.0.0.1:8787"
_OFF = "off"


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """How Steward is reached over HTTP."""

    host: str
    """Address to listen on; empty when it does not."""
    port: int
    """Port; 0 takes any free one."""
    public_url: str
    """Address people use, when it is another: that of a proxy."""
    hosts: tuple[str, ...]
    """More names it answers to."""
    trusted_proxies: tuple[str, ...]
    """Addresses and networks of proxies that say who connects."""
    tls_certificate: Path | None
    """Certificate chain, PEM."""
    tls_key: Path | None
    """Its key, PEM."""

    @property
    def is_on(self) -> bool:
        """Tell whether it listens at all."""
        return self.host != ""

    @property
    def listen(self) -> str:
        """Return address and port as one text."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the address for people."""
        return self.public_url or f"{'https' if self.tls_certificate else 'http'}://{self.listen}"


def read_http(environment: Mapping[str, str]) -> HttpSettings:
    """Put the settings together.

    Raises:
        InvalidInput: a value does not fit, with its name.
    """
    host, port = _listen(environment.get(f"{PREFIX}LISTEN", _DEFAULT))
    certificate, key = environment.get(f"{PREFIX}TLS_CERT", ""), environment.get(f"{PREFIX}TLS_KEY", "")
    if bool(certificate) != bool(key):
        raise InvalidInput(
            "a certificate needs its key", where="environment", next_step="set TLS_CERT and TLS_KEY both"
        )
    return HttpSettings(
        host=host,
        port=port,
        public_url=_url(environment.get(f"{PREFIX}PUBLIC_URL", "")),
        hosts=_list(environment.get(f"{PREFIX}HOSTS", "")),
        trusted_proxies=_list(environment.get(f"{PREFIX}TRUSTED_PROXIES", "")),
        tls_certificate=Path(certificate) if certificate else None,
        tls_key=Path(key) if key else None,
    )


def _listen(text: str) -> tuple[str, int]:
    if text.strip().lower() == _OFF:
        return "", 0
    host, _, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or int(port) > 65_535:
        step = f"give ADDRESS:PORT such as {_DEFAULT}, or `{_OFF}`"
        raise InvalidInput(f"{PREFIX}LISTEN is `{text}`", where="environment", next_step=step)
    return host, int(port)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query):
        step = "give scheme and host only, such as https://steward.example"
        raise InvalidInput(f"{PREFIX}PUBLIC_URL is `{text}`", where="environment", next_step=step)
    return text.rstrip("/")


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
