"""Webhooks: who may send something to Steward, and how Steward knows that it was them.

request ─> headers ─> body ─> signature ─> seen before? ─> event `hook.received`
                            └─ scheme `none` ─> observation, which starts nothing
"""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record

HOOKS_FILE = "hooks.yaml"
"""File of the workspace; without it there are no webhooks."""
DEFAULT_HEADER = "X-Signature-256"


class Scheme(StrEnum):
    """How a sender proves that a delivery is its own."""

    GITHUB = "github"
    """`X-Hub-Signature-256`, as GitHub, Forgejo and Gitea send it: over the body, without a time."""
    STANDARD = "standard-webhooks"
    """`webhook-id`, `webhook-timestamp` and `webhook-signature`, all of them signed."""
    HMAC = "hmac"
    """HMAC-SHA256 in a header you name, over the body or over a time and the body."""
    NONE = "none"
    """Nothing: what comes is kept as something seen, and never starts anything."""


class Encoding(StrEnum):
    """How a signature is written."""

    HEX = "hex"
    BASE64 = "base64"


@record
class Hook:
    """One webhook."""

    name: str
    """Name, the end of its address: `/hooks/NAME`."""
    scheme: Scheme
    """How the sender signs."""
    secret: str = ""
    """`secret://NAME` of the key that both sides know; for every scheme but `none`."""
    about: str = ""
    """What sends it and why, for people."""
    header: str = DEFAULT_HEADER
    """For `hmac`: header with the signature."""
    prefix: str = ""
    """For `hmac`: what stands before the signature in its header, such as `sha256=`."""
    encoding: Encoding = Encoding.HEX
    """For `hmac`: how the signature is written."""
    timestamp_header: str = ""
    """For `hmac`: header with the Unix time that is signed before the body; empty when only the body is signed."""
    separator: str = "."
    """For `hmac`: what stands between the time and the body when they are signed."""


@record
class HookFile:
    """What `hooks.yaml` holds."""

    hooks: tuple[Hook, ...]
    """Webhooks; `[]` for none."""

    def find(self, name: str) -> Hook | None:
        """Return the webhook of this name, or None."""
        return next((hook for hook in self.hooks if hook.name == name), None)
