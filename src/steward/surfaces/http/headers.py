"""Headers of every answer: what a browser may do with it."""

from __future__ import annotations

from steward.surfaces.http.site import Link

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types htmx steward"
)
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
_WORKER = "default-src 'none'; connect-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_DENIED = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), "
    "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"
)
_ALWAYS = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    ("permissions-policy", _DENIED),
)
_A_YEAR = "max-age=31536000"
_OURS = frozenset({name for name, _ in _ALWAYS} | {"content-security-policy", "strict-transport-security", "server"})

Headers = list[tuple[bytes, bytes]]


def secured(given: Headers, link: Link, *, nonce: str, is_public: bool) -> Headers:
    """Return the headers of an answer with ours in place of whatever a handler said about the same.

    `Referrer-Policy: no-referrer` would make browsers send `Origin: null` with our own forms; `same-origin` tells
    other sites as little. An answer that is not for everybody is stored nowhere.
    """
    kept = [(name, value) for name, value in given if name.decode("latin-1").lower() not in _OURS]
    ours = [*_ALWAYS, ("content-security-policy", _policy(kept, nonce))]
    if link.is_encrypted:
        ours.append(("strict-transport-security", _A_YEAR))
    is_said = any(name.lower() == b"cache-control" for name, _ in kept)
    if not is_public or not is_said:
        kept = [(name, value) for name, value in kept if name.lower() != b"cache-control"]
        ours.append(("cache-control", "no-store"))
    return [*kept, *((name.encode(), value.encode()) for name, value in ours)]


def _policy(given: Headers, nonce: str) -> str:
    """Return the policy for a page, for a script (a worker has a policy of its own), or for the rest."""
    kinds = [value for name, value in given if name.lower() == b"content-type"]
    if any(kind.startswith(b"text/html") for kind in kinds):
        return _POLICY.format(nonce=nonce)
    return _WORKER if any(kind.startswith(b"text/javascript") for kind in kinds) else _NOTHING
