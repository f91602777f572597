"""Settings of the ways in over HTTP: where Steward listens, by which names it is known, whom it believes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from steward.app.paths import PREFIX
from steward.model.errors import InvalidInput

NAMES = ("LISTEN", "PUBLIC_URL", "HOSTS", "TRUSTED_PROXIES", "TLS_CERT", "TLS_KEY", "METRICS_OPEN")
_DEFAULT = "127.0.0.1:8787"
_OFF = "off"
_BASE = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_SWITCH = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """How Steward is reached over HTTP."""

    listen: str
    """Address and port to listen on over HTTP, or `off`; beyond this machine only with TLS and an owner."""
    public_url: str
    """Address people use, when it is another: that of a proxy, `https://steward.example` or below a path of it."""
    hosts: tuple[str, ...]
    """More names it answers to, with commas between."""
    trusted_proxies: tuple[str, ...]
    """Addresses and networks of proxies whose word about who connects is taken, with commas between."""
    tls_cert: Path | None
    """File with the certificate chain, PEM."""
    tls_key: Path | None
    """File with its key, PEM."""
    metrics_open: bool
    """`true` lets whoever can connect read `/metrics` without a token; else it needs one with the right read."""

    @property
    def is_on(self) -> bool:
        """Tell whether it listens at all."""
        return self.listen != _OFF

    @property
    def host(self) -> str:
        """Return the address."""
        return self.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")

    @property
    def port(self) -> int:
        """Return the port; 0 takes any free one."""
        return int(self.listen.rpartition(":")[2]) if self.is_on else 0

    @property
    def base(self) -> str:
        """Return the path below which people reach it, such as `/steward`; empty at the root."""
        return urlsplit(self.public_url).path

    @property
    def url(self) -> str:
        """Return the address for people."""
        return self.public_url or f"{'https' if self.tls_cert else 'http'}://{self.listen}"


def read_http(environment: Mapping[str, str]) -> HttpSettings:
    """Put the settings together.

    Raises:
        InvalidInput: a value does not fit, with its name.
    """
    certificate, key = environment.get(f"{PREFIX}TLS_CERT", ""), environment.get(f"{PREFIX}TLS_KEY", "")
    if bool(certificate) != bool(key):
        raise InvalidInput(
            "a certificate needs its key", where="environment", next_step="set TLS_CERT and TLS_KEY both"
        )
    return HttpSettings(
        listen=_listen(environment.get(f"{PREFIX}LISTEN", _DEFAULT)),
        public_url=_url(environment.get(f"{PREFIX}PUBLIC_URL", "")),
        hosts=_list(environment.get(f"{PREFIX}HOSTS", "")),
        trusted_proxies=_list(environment.get(f"{PREFIX}TRUSTED_PROXIES", "")),
        tls_cert=Path(certificate) if certificate else None,
        tls_key=Path(key) if key else None,
        metrics_open=_switch(environment, "METRICS_OPEN"),
    )


def _listen(text: str) -> str:
    if text.strip().lower() == _OFF:
        return _OFF
    host, _, port = text.strip().rpartition(":")
    if (
        not host
        or (host.count(":") and not (host.startswith("[") and host.endswith("]")))
        or not port.isdigit()
        or int(port) > 65_535
    ):
        step = f"give ADDRESS:PORT such as {_DEFAULT}, or `{_OFF}`"
        raise InvalidInput(f"{PREFIX}LISTEN is `{text}`", where="environment", next_step=step)
    return text.strip()


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(f"{PREFIX}{name}", "false")
    if text.strip().lower() not in _SWITCH:
        step = "give `true` or `false`"
        raise InvalidInput(f"{PREFIX}{name} is `{text}`", where="environment", next_step=step)
    return _SWITCH[text.strip().lower()]


def _url(text: str) -> str:
    parts = urlsplit(text)
    path = parts.path.rstrip("/")
    if text and (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username is not None
        or not _BASE.fullmatch(path)
        or {".", ".."} & set(path.split("/"))
        or parts.query
        or parts.fragment
    ):
        step = "give scheme, host and at most a path, such as https://home.example/steward"
        raise InvalidInput(f"{PREFIX}PUBLIC_URL is `{text}`", where="environment", next_step=step)
    return text.rstrip("/")


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
