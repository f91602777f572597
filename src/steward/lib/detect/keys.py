"""Find private keys: PEM and its relatives as blocks, with real or written line breaks, whole or cut off; WireGuard."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless

_BEGIN = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1|AGE ENCRYPTED FILE_)-----",
    re.IGNORECASE,
)
_SSH2 = re.compile(r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----")
_BODY = re.compile(
    r"(?:(?:\\{1,4}[nr]|\s|[\"'+,>|#*-]|&#10;|%0A){1,80}"
    r"(?:[A-Za-z0-9+/=_]{1,4096}|[A-Za-z-]{2,20}: [^\n\\]{0,200}))"
)
_LAST_BREAK = re.compile(r"(?:\\{1,4}n)?")
"""A written line break at the end belongs to the block."""
_BODY_LIMIT = 5000
_ENCODED = re.compile(r"(?:LS0tLS1CRUdJTi|0tLS0tQkVHSU4g|tLS0tLUJFR0lOI)[A-Za-z0-9+/=\r\n_-]{16,20000}")
_PRIVATE_IN_BASE64 = (
    "UFJJVkFURSBLRV",
    "BSSVZBVEUgS0VZ",
    "QUklWQVRFIEtFW",
    "UFJJVkFURSBL",
    "BSSVZBVEUgS",
    "QUklWQVRFIE",
)
_BARE = re.compile(
    r"(?<![\w+/-])(?:MII[A-P].[AQgw]IB(?:AAK|ADA|Az[A-D])|MII[A-P][\w+/]{2,6}BgkqhkiG9w0BBQ|MHcCAQEEI|MIGkAgEBBD|MIHcAgEBBE|"
    r"MI[GH][\w+/]AgEAMB[AM]GByqGSM49|MC4CAQAwBQYDK2V[wu]BCIE|b3BlbnNzaC1rZXktdjE)[\w+/-]{16,20000}={0,2}"
)
"""A private key or a PKCS #12 file as base64 without lines around it: the ASN.1 they begin with is always the same."""
_BARE_STARTS = (
    b"mii",
    b"mhccaqeei",
    b"migkagebbd",
    b"mihcagebbe",
    b"gbyqgsm",
    b"caqawbqydk",
    b"blbnnzac",
)
_ZEROTIER = 128
_IDENTITY = re.compile(r"\b[0-9a-f]{10}:0:[0-9a-f]{128}:(?P<value>[0-9a-f]{128})\b")
_BORG = re.compile(r"BORG_KEY [0-9a-f]{32,80}\s{1,4}(?P<value>[\w+/=]{16,100}(?:\s{1,4}[\w+/=]{4,100}){0,50})")
_PUTTY = re.compile(r"Private-Lines: \d{1,80}\s{1,4}(?P<value>(?:[A-Za-z0-9+/=]{1,80}\s{0,2}){1,80})")
_PUTTY_MAC = re.compile(r"Private-(?:MAC|Hash): (?P<value>[0-9a-f]{40,64})")
_WIREGUARD = re.compile(
    r"(?:private[ _-]?key|preshared[ _-]?key|privkey|psk)\b\W{1,6}(?P<value>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)",
    re.IGNORECASE,
)
_BEGINS = triggers("-----begin ")
_NAMES = triggers("private", "preshared", "psk", "privkey")
_JWK = re.compile(r"\\?\"(?:d|p|q|dp|dq|qi|k)\\?\"\s{0,4}:\s{0,4}\\?\"(?P<value>[\w-]{20,2000})\\?\"")
_TSIG = re.compile(
    r"\bkey\s{1,80}\"?[\w.-]{1,80}\"?\s{0,80}\{[^}]{0,200}?secret\s{1,80}\"?(?P<value>[A-Za-z0-9+/=]{16,200})\"?\s{0,80};"
)
_DNSSEC = re.compile(
    r"^(?:PrivateExponent|Prime[12]|Exponent[12]|Coefficient|PrivateKey|Modulus_): (?P<value>[\w+/=]{20,2000})$",
    re.MULTILINE,
)


def spans(text: Text) -> Iterator[Span]:
    """Yield private keys; a block that is cut off ends where its lines end."""
    done = 0
    for place in text.places(_BEGINS):
        begin = _BEGIN.match(text.text, place) if place >= done else None
        if begin:
            done = _block_end(text.text, begin)
            is_told_of = (
                done == begin.end() and text.text[done : done + 1] == " " and text.text[done + 1 : done + 2].islower()
            )
            if not is_told_of:
                yield Span(place, done, "private-key")
    if text.has(b"crudjti", b"tlujfr", b"tqkvhsu"):
        for match in _ENCODED.finditer(text.text):
            if any(word in match.group()[:120] for word in _PRIVATE_IN_BASE64):
                yield Span(*match.span(), "private-key")
    yield from _of_programs(text)
    yield from _wireguard(text)


def _of_programs(text: Text) -> Iterator[Span]:
    """Yield keys as programs keep them, without the lines of PEM around them."""
    if text.has(*_BARE_STARTS):
        yield from (Span(*match.span(), "private-key") for match in _BARE.finditer(text.text))
    if any(len(word) == _ZEROTIER for word in text.long_words):
        yield from (Span(*match.span("value"), "private-key") for match in _IDENTITY.finditer(text.text))
    if b"BORG_KEY" in text.words:
        yield from (Span(*match.span("value"), "private-key") for match in _BORG.finditer(text.text))
    if text.has(b"private"):
        yield from (Span(*m.span("value"), "private-key") for p in (_PUTTY, _PUTTY_MAC) for m in p.finditer(text.text))
    if b"kty" in text.words:
        yield from (Span(*match.span("value"), "private-key") for match in _JWK.finditer(text.text))
    if text.has(b"privateexponent", b"format"):
        yield from (Span(*match.span("value"), "private-key") for match in _DNSSEC.finditer(text.text))


def _wireguard(text: Text) -> Iterator[Span]:
    for place in text.places(_NAMES):
        match = _WIREGUARD.match(text.text, place)
        if match and not is_harmless(match["value"]):
            yield Span(*match.span("value"), "wireguard-key")


def _block_end(text: str, begin: re.Match[str]) -> int:
    """Return where a block ends: behind its END line, or behind the last line that looks like one of a key."""
    end_line = re.compile(rf"-----END {re.escape(begin['what'])}-----", re.IGNORECASE)
    at = begin.end()
    for _ in range(_BODY_LIMIT):
        closing = end_line.search(text, at, at + 90)
        piece = _BODY.match(text, at)
        if closing and (piece is None or closing.start() <= piece.end()):
            return _LAST_BREAK.match(text, closing.end()).end()  # pyright: ignore[reportOptionalMemberAccess] - matches empty too
        if piece is None or not _is_key_text(piece.group()):
            return closing.end() if closing else at
        at = piece.end()
    return at


def _is_key_text(piece: str) -> bool:
    """Tell whether this may be a line of a key: long without a space, or one of the headers of PEM."""
    word = piece.strip()
    return ": " in word or len(word) >= 24 or bool(re.search(r"[A-Za-z0-9+/]{4,}={0,2}$", word))
