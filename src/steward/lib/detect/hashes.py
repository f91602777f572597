"""Find hashes of passwords: they can be guessed from, so they are kept like passwords. Digests of content are left alone."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.span import Span
from steward.lib.detect.text import LINE_START, Text

_FORMATS: tuple[tuple[str, str], ...] = (
    ("$2", r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{40,60}"),
    ("$argon2", r"\$argon2(?:id|i|d)\$(?:v=\d{1,80}\$)?m=\d{1,80},t=\d{1,80},p=\d{1,80}\$[\w+/=.-]{8,200}\$[\w+/=.-]{16,400}"),
    ("$scrypt$", r"\$scrypt\$[^\s\"':$]{1,60}\$[^\s\"':$]{4,120}\$[\w+/=.]{16,200}"),
    ("$y$", r"\$y\$[./A-Za-z0-9]{1,12}\$[./A-Za-z0-9]{4,90}\$[./A-Za-z0-9]{30,60}"),
    ("$gy$", r"\$gy\$[./A-Za-z0-9]{1,12}\$[./A-Za-z0-9]{4,90}\$[./A-Za-z0-9]{30,60}"),
    ("$7$", r"\$7\$[./A-Za-z0-9]{10,120}\$[./A-Za-z0-9]{30,60}"),
    ("$7$", r"\$7\$\d{1,80}\$[\w+/=]{8,60}\$[\w+/=]{60,120}"),
    ("$1$", r"\$1\$[^\s$:\"']{1,16}\$[./A-Za-z0-9]{20,24}"),
    ("$5$", r"\$5\$(?:rounds=\d{1,80}\$)?[^\s$:\"']{1,24}\$[./A-Za-z0-9]{40,46}"),
    ("$6$", r"\$6\$(?:rounds=\d{1,80}\$)?[^\s$:\"']{1,24}\$[./A-Za-z0-9]{60,100}"),
    ("$6$", r"\$6\$[\w+/=]{8,60}\$[\w+/=]{60,120}"),
    ("$8$", r"\$8\$[./A-Za-z0-9]{10,20}\$[./A-Za-z0-9]{30,60}"),
    ("$9$", r"\$9\$[./A-Za-z0-9]{10,20}\$[./A-Za-z0-9]{30,60}|\$9\$[./A-Za-z0-9-]{10,80}"),
    ("$apr1$", r"\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{20,24}"),
    ("$md5", r"\$md5[,$][^\s\"':]{20,120}"),
    ("$name$", r"\$[A-Za-z][A-Za-z0-9-]{1,31}(?:\$v=\d{1,8})?\$[a-z]{1,12}=\d{1,12}(?:,[a-z]{1,12}=\d{1,12}){0,8}\$[\w+/=.-]{8,200}\$[\w+/=.-]{16,400}"),
    ("$sha1$", r"\$sha1\$\d{1,80}\$[./A-Za-z0-9]{4,64}\$[./A-Za-z0-9]{24,40}"),
    ("$p$", r"\$[PH]\$[./A-Za-z0-9]{25,40}"),
    ("$h$", r"\$[PH]\$[./A-Za-z0-9]{25,40}"),
    ("$s$", r"\$S\$[./A-Za-z0-9]{40,60}"),
    ("$pbkdf2", r"\$pbkdf2(?:-sha\d{1,80})?\$[^\s\"'$]{1,40}\$[\w+/=.]{4,200}\$[\w+/=.]{16,200}"),
    ("$wp$", r"\$wp\$2[aby]\$\d\d\$[./A-Za-z0-9]{40,60}"),
    ("$bcrypt-sha256$", r"\$bcrypt-sha256\$[^\s\"']{20,200}"),
    ("pbkdf2_sha", r"pbkdf2_sha(?:1|256|512)\$\d{1,80}\$[\w./+=-]{4,100}\$[\w+/=]{20,120}"),
    ("pbkdf2:sha", r"pbkdf2:sha(?:1|256|512)(?::\d{1,80})?\$[\w./+=-]{4,100}\$[0-9a-f]{32,128}"),
    ("scrypt:", r"scrypt:\d{1,80}:\d{1,80}:\d{1,80}\$[\w./+=-]{4,100}\$[0-9a-f]{64,200}"),
    ("bcrypt_sha256$", r"bcrypt_sha256\$\$2[aby]\$\d\d\$[./A-Za-z0-9]{40,60}"),
    ("argon2$argon2", r"argon2\$argon2[^\s\"']{20,300}"),
    ("scram-sha-", r"SCRAM-SHA-(?:1|256|512)\$\d{1,80}:[\w+/=]{8,100}\$[\w+/=]{20,120}:[\w+/=]{20,120}"),
    ("{ssha", r"\{SSHA(?:256|384|512)?\}[\w+/=]{20,200}"),
    ("{sha", r"\{SHA(?:256|384|512)?\}[\w+/=]{20,200}"),
    ("{smd5}", r"\{SMD5\}[\w+/=]{20,100}"),
    ("{md5}", r"\{MD5\}[\w+/=]{20,60}"),
    ("{crypt}", r"\{CRYPT\}[^\s\"':]{8,200}"),
    ("{bcrypt}", r"\{(?:BCRYPT|BLF-CRYPT)\}[^\s\"':]{8,200}"),
    ("{blf-crypt}", r"\{(?:BCRYPT|BLF-CRYPT)\}[^\s\"':]{8,200}"),
    ("{argon2", r"\{ARGON2(?:ID?|I)?\}[^\s\"']{8,400}"),
    ("{pbkdf2", r"\{PBKDF2[\w-]{0,500}\}[^\s\"']{8,400}"),
    ("{clear}", r"\{(?:PLAIN|CLEAR(?:TEXT)?)(?:\.(?:b64|hex))?\}[^\s\"':]{3,200}"),
    ("{name}", r"\{(?:CRAM-MD5|DIGEST-MD5|(?:PLAIN|LDAP|S)?-?MD5|SHA\d{3}-CRYPT|MD5-CRYPT|PKCS5S2|SCRAM-[\w-]{4,12}|NTLM|LANMAN)(?:\.(?:b64|hex))?\}[\w+/=$.]{16,400}"),
    ("grub.pbkdf2.", r"grub\.pbkdf2\.sha512\.\d{1,80}\.[0-9A-F]{16,256}\.[0-9A-F]{32,256}"),
    ("md5", r"md5[0-9a-f]{32}(?=[\"'])"),
)  # fmt: skip
_DOLLAR = [
    re.compile(pattern.replace(r"\$", r"\${1,2}"), re.IGNORECASE | re.ASCII)  # Compose writes each twice
    for trigger, pattern in _FORMATS
    if trigger[0] == "$"
]
_BRACE = [re.compile(pattern, re.IGNORECASE | re.ASCII) for trigger, pattern in _FORMATS if trigger[0] == "{"]
_WORDS = [
    (trigger, max(re.findall(rb"[a-z]+", trigger.encode()), key=len), re.compile(pattern, re.IGNORECASE | re.ASCII))
    for trigger, pattern in _FORMATS
    if trigger[0].isalpha()
]
_DOLLAR_SIGN = re.compile(
    r"\$(?=\$?(?:2[abxy]?|argon2\w{1,2}|scrypt|g?y|[156789]|apr1|md5|sha1|[PHS]|pbkdf2[\w-]{0,10}|wp|[A-Za-z]{3,16}-[A-Za-z0-9-]{3,16})[$,])",
    re.ASCII,
)
_BRACE_SIGN = re.compile(
    r"\{(?=(?:s?sha|s?md5|crypt|blf|bcrypt|argon2|pbkdf2|plain|clear|cram|digest|ldap|pkcs5|scram|ntlm|lanman)[\w.-]{0,16}\})",
    re.IGNORECASE | re.ASCII,
)
_MYSQL = re.compile(r"(?<![\w*])\*[0-9A-F]{40}(?![0-9A-Fa-f])")
_SAMBA = re.compile(
    LINE_START + r"[^\s:]{1,64}:\d{1,80}:(?P<value>[0-9A-FX]{32}:(?:[0-9A-F]{32}|X{32})):\[", re.MULTILINE
)
_NTLM = re.compile(LINE_START + r"[^\s:]{1,64}:\d{1,80}:(?P<value>[0-9a-f]{32}:[0-9a-f]{32}):::", re.MULTILINE)


def spans(text: Text) -> Iterator[Span]:
    """Yield hashes of passwords."""
    yield from _signed(text.text)
    for trigger, part, pattern in _WORDS:
        at = text.lowered.find(trigger) if part in text.vocabulary else -1
        while at >= 0:
            match = pattern.match(text.text, at)
            if match and not (at and text.text[at - 1].isalnum()):
                yield Span(at, match.end(), "password-hash")
            at = text.lowered.find(trigger, match.end() if match else at + 1)
    if "*" in text.text and any(len(word) == 40 and word.isupper() for word in text.long_words):
        yield from (Span(*match.span(), "password-hash") for match in _MYSQL.finditer(text.text))
    if ":[" in text.text or ":::" in text.text:
        yield from (Span(*m.span("value"), "password-hash") for p in (_SAMBA, _NTLM) for m in p.finditer(text.text))


def _signed(text: str) -> Iterator[Span]:
    """Yield hashes that begin with their method, `$6$...` or `{SSHA}...`."""
    for first, sign, patterns in (("$", _DOLLAR_SIGN, _DOLLAR), ("{", _BRACE_SIGN, _BRACE)):
        done = 0
        for place in sign.finditer(text) if first in text else ():
            found = (pattern.match(text, place.start()) for pattern in patterns if place.start() >= done)
            done = max((match.end() for match in found if match), default=done)
            if done > place.start():
                yield Span(place.start(), done, "password-hash")
