"""Find secrets nobody told Steward: by their form, and by what stands around them.

Pure, and linear in the length of the text: each detector looks only near words that can mean something, and never
further than a bounded piece. One file holds one idea; `find` joins what they say.

    names       which names of settings are secret          values      which values can be
    pairs       NAME=value, name: value, JSON, XML          options     command lines
    urls        addresses, queries, webhooks                headers     authorization, cookies
    tokens      tokens with the prefix of their maker       hashes      hashes of passwords
    keys        private keys                                documents   Secrets, logins, netrc, blocks
    directives  configuration parted by spaces, SQL         prose       sentences
    nested      lists and maps under a secret name          tables      columns of secrets
    calls       calls of code                               codes       lists of recovery codes, words of wallets
"""

from __future__ import annotations

from steward.lib.detect import (
    calls,
    codes,
    directives,
    documents,
    hashes,
    headers,
    keys,
    nested,
    options,
    pairs,
    prose,
    tables,
    tokens,
    urls,
)
from steward.lib.detect.span import Span, apart
from steward.lib.detect.text import Text
from steward.lib.detect.values import MASK

__all__ = ["KINDS", "Span", "find"]

KINDS = frozenset(
    {
        "authorization",
        "basic-auth",
        "bearer-token",
        "code",
        "cookie",
        "credentials",
        "discord-token",
        "docker-login",
        "key",
    }
    | {"kubernetes-secret", "notification-url", "one-time-password", "password", "password-hash", "pin", "private-key"}
    | {"proxmox-token", "secret", "seed", "salt", "session", "signature", "snmp-community", "telegram-token", "token"}
    | {"url-password", "url-token", "webhook", "wifi-password", "wireguard-key"}
    | urls.KINDS
    | tokens.KINDS
)
"""Every kind there is; each names a mask that is Steward's own."""
_DETECTORS = (
    keys,
    tokens,
    hashes,
    urls,
    headers,
    documents,
    pairs,
    nested,
    tables,
    options,
    directives,
    calls,
    codes,
    prose,
)


def find(text: str) -> list[Span]:
    """Return where secrets stand, in order and apart from each other. A mask in the text is never part of a find."""
    if len(text) < 6:
        return []
    read = Text(text)
    return [span for span in apart(span for one in _DETECTORS for span in one.spans(read)) if _is_new(text, span)]


def _is_new(text: str, span: Span) -> bool:
    return MASK not in text[span.start : span.end]
