"""The settings for people: each with its variable, its value without what is secret, and what it is for."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from steward.app.paths import PREFIX
from steward.app.settings import Settings
from steward.model.access import Role
from steward.model.installation import Setting

_DEFAULT = "default"
_MASK = "••••"
_SHOWN: tuple[tuple[str, Callable[[Settings], object], str], ...] = (
    ("DATA", lambda s: s.data, "Folder of the store, the socket and the snapshot; on a local disk."),
    ("KEYS", lambda s: s.keys, "Folder of private keys: outside the data folder and outside its backups."),
    ("WORKSPACE", lambda s: s.workspace, "Git repository of inventory, policy, documentation and notes."),
    ("SSH_CONFIG", lambda s: s.ssh_config, "OpenSSH client configuration that is honored."),
    ("DATABASE", lambda s: without_password(s.database), "SQLite file or Postgres address that holds the store."),
    ("SCAN_SECONDS", lambda s: s.scan_seconds, "Seconds between two looks at the lab, 1 to 86400."),
    ("WORKER", lambda s: s.worker, "Stable and unique name of this process for durable work."),
    ("LISTEN", lambda s: s.http.listen, "Address and port of pages and API, or `off`."),
    ("PUBLIC_URL", lambda s: s.http.public_url, "Address people use, when a proxy stands in front."),
    ("HOSTS", lambda s: s.http.hosts, "More names Steward answers to, with commas between."),
    ("TRUSTED_PROXIES", lambda s: s.http.trusted_proxies, "Proxies whose word about who connects is taken."),
    ("TLS_CERT", lambda s: s.http.tls_cert, "File with the certificate chain."),
    ("TLS_KEY", lambda s: s.http.tls_key, "File with the key of the certificate; only its path is shown."),
    ("METRICS_OPEN", lambda s: s.http.metrics_open, "Whether `/metrics` is read without a token."),
    ("OIDC_ISSUER", lambda s: s.ways.oidc_issuer, "Provider of identities, just as it writes its own address."),
    ("OIDC_CLIENT_ID", lambda s: s.ways.oidc_client_id, "What Steward is called at the provider."),
    ("OIDC_CLIENT_SECRET_FILE", lambda s: s.ways.oidc_client_secret_file, "File with the provider's secret for it."),
    ("OIDC_NAME", lambda s: s.ways.oidc_name, "What people call the provider: the word on the button."),
    ("OIDC_GROUPS_CLAIM", lambda s: s.ways.oidc_groups_claim, "Claim of the token that holds somebody's groups."),
    ("OIDC_ROLES", lambda s: _pairs(s.ways.oidc_roles), "Which group comes in with which role."),
    ("FORWARD_AUTH_HEADER", lambda s: s.ways.forward_auth_header, "Header in which a proxy says whom it let in."),
    ("FORWARD_AUTH_PROXIES", lambda s: s.ways.forward_auth_proxies, "Proxies of which that is believed."),
    ("FORWARD_AUTH_OWNER", lambda s: s.ways.forward_auth_owner, "What these proxies call the owner."),
)


def settings_shown(settings: Settings) -> tuple[Setting, ...]:
    """Return every setting, in the order in which the documentation names them."""
    return tuple(_setting(settings, name, value(settings), says) for name, value, says in _SHOWN)


def without_password(address: str) -> str:
    """Return the address of a database without the password that may stand in it."""
    parts = urlsplit(address)
    if "@" not in parts.netloc:
        return address.partition("?")[0]
    who, _, where = parts.netloc.rpartition("@")
    masked = f"{who.partition(':')[0]}:{_MASK}" if ":" in who else who
    return urlunsplit((parts.scheme, f"{masked}@{where}", parts.path, "", ""))


def _setting(settings: Settings, name: str, value: object, says: str) -> Setting:
    variable = PREFIX + name
    origin = _DEFAULT if settings.origins.get(name.lower(), _DEFAULT) == _DEFAULT else "environment"
    return Setting(name=name.lower(), variable=variable, value=_text(value), origin=origin, says=says)


def _pairs(roles: tuple[tuple[str, Role], ...]) -> tuple[str, ...]:
    return tuple(f"{group}={role.value}" for group, role in roles)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return "" if value is None else str(value)
