"""Find secrets that only the document around them gives away: a Kubernetes Secret, a Docker login, netrc, .pgpass, blocks.

What is looked at is indentation and neighbors, not a parse: half a document in a log is found as well.
"""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from steward.lib.detect.names import Named, Weight, judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless, is_opaque, is_secret

_DATA = re.compile(r"^(?P<indent>[ \t]{0,80})(?:data|stringData|binaryData):[ \t]{0,80}$", re.MULTILINE)
_ENTRY = re.compile(
    r"(?P<indent>[ \t]{1,200})[\"']?[\w.-]{1,253}[\"']?:[ \t]{0,80}(?P<value>[^\n]{0,20000}?)[ \t\r]{0,500}(?:\n|\Z)"
)
_JSON_DATA = re.compile(r"\\?\"(?:data|stringData)\\?\"\s{0,40}:\s{0,40}\{(?P<body>[^{}]{0,100000})\}")
_JSON_ENTRY = re.compile(r":\s{0,8}\\?\"(?P<value>[^\"\\]{2,100000})\\?\"")
_IS_SECRET = re.compile(r"\\?[\"']?kind\\?[\"']?:\s{0,4}\\?[\"']?(?:Sealed)?Secret\b(?!List_)")
_AUTH = re.compile(
    r"\\{0,3}\"(?:auth|identitytoken|registrytoken)\\{0,3}\"\s{0,8}:\s{0,8}\\{0,3}\"(?P<value>[\w+/=.-]{8,4000})\\{0,3}\""
)
_DOCUMENT = 16_000
_VALUES = triggers("value", "default", "content")
_VALUE = re.compile(
    r"(?:value|default|content)\\{0,3}[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
    r"(?P<value>\\{0,3}\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|[^\s\"'{\[&,][^\n,}]{0,4000})",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:name|key|variable)\\{0,3}[\"']?[ \t]{0,8}[:=][ \t]{0,8}\\{0,3}[\"']?(?P<name>[\w.-]{2,80})\\{0,3}[\"']?"
    r"[ \t]{0,8}[,;]?(?:\s|\\n){0,80}\\{0,3}[\"']?",
    re.IGNORECASE,
)
_NAMED_XML = re.compile(
    r"name=\"(?P<name>[\w.-]{2,80})\"(?: \w{1,20}=\"[^\"]{0,40}\"){0,3}>(?:\s{0,80}<value>)?(?P<value>[^<>\n]{1,4000})<"
)
_REGISTRY = re.compile(
    r"/v\s{1,4}[\"']?(?P<name>[\w.-]{2,80})[\"']?(?:\s{1,4}/t\s{1,4}\w{1,20})?\s{1,4}/d\s{1,4}(?P<value>\"[^\"\n]{1,500}\"|[^\s\"]{1,500})",
    re.IGNORECASE,
)
_NAME_REACH = 220
_BLOCK_SIGNS = triggers("|\n", ">\n", "|-\n", ">-\n", "|+\n", ">+\n", "|\r\n", ">\r\n")
_BLOCK = re.compile(
    r"(?P<indent>[ \t]{0,80})(?:- )?[\"']?(?P<name>[\w.-]{2,80})[\"']?:[ \t]{0,80}[|>][-+\d]{0,500}[ \t]{0,80}(?:#.{0,500})?\r?\n"
)
_NETRC = re.compile(
    r"(?:\bmachine\s{1,80}\S{1,253}|\bdefault)\s{1,80}(?:(?:login|account)\s{1,80}\S{1,253}\s{1,80}){0,2}password\s{1,80}(?P<value>\"[^\"\n]{1,512}\"|\S{1,512})"
)
_PORTS = frozenset({b"5432", b"5433", b"6432"})
_PGPASS = re.compile(
    r"(?:^|(?<=\s))[\w.*-]{1,253}:(?:\d{2,5}|\*):[\w*.-]{1,63}:[\w*.-]{1,63}:(?P<value>[^\s:]{3,256})$", re.MULTILINE
)
_AUTHENTICATOR = re.compile(
    r"(?<![\w=])(?P<value>[A-Z2-7]{16,64})\r?\n\" (?:RATE_LIMIT|WINDOW_SIZE|TOTP_AUTH|HOTP_COUNTER|DISALLOW_REUSE|STEP_SIZE)"
)
_DRAWN = re.compile(
    r"\\{0,3}\"(?:result|bcrypt_hash)\\{0,3}\"\s{0,8}:\s{0,8}\\{0,3}\"(?P<value>[^\"\n]{4,500}?)\\{0,3}\""
)
"""What Terraform keeps of a password it has drawn."""
_INLINE = re.compile(r"<auth-user-pass>\s{1,8}[^\n]{1,200}\n[ \t]{0,8}(?P<value>[^\n<]{3,200})\n")
_LOGIN_URL = re.compile(r"[a-z][\w+.-]{1,20}://[^\s/@]{0,256}:[^\s/@$]{3,256}@")
_LITERAL = re.compile(
    r"--from-literal(?:=|\s{1,80})[\"']?(?!(?:user|username|email|host|port|url|id|region|bucket|database|db|server|domain)=)[\w.-]{1,253}=(?P<value>\"[^\"\n]{1,2000}\"|'[^'\n]{1,2000}'|[^\s\"']{1,2000})"
)


def spans(text: Text) -> Iterator[Span]:
    """Yield what a document says is secret."""
    if text.has(b"secret"):
        yield from _kubernetes(text)
    if text.has(b"auth\n", b"identitytoken", b"registrytoken"):
        yield from (Span(*m.span("value"), "docker-login") for m in _AUTH.finditer(text.text) if _is_login(m["value"]))
    yield from _named(text)
    yield from _blocks(text)
    if b"password" in text.words and (b"machine" in text.words or b"default" in text.words):
        yield from _quoted("password", _NETRC, text.text)
    if text.words & _PORTS or ":*:" in text.text:
        yield from _quoted("password", _PGPASS, text.text)
    if b"TOTP_AUTH" in text.words or b"RATE_LIMIT" in text.words:
        yield from _quoted("one-time-password", _AUTHENTICATOR, text.text)
    if b"random_password" in text.words:
        yield from _quoted("password", _DRAWN, text.text)
    if b"auth-user-pass" in text.words:
        yield from _quoted("password", _INLINE, text.text)
    if text.has(b"literal"):
        yield from _quoted("kubernetes-secret", _LITERAL, text.text)


def _quoted(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        start, end = match.span("value")
        if text[start] in "\"'" and end - start > 2:
            start, end = start + 1, end - 1
        if not is_harmless(text[start:end]):
            yield Span(start, end, kind)


def _kubernetes(text: Text) -> Iterator[Span]:
    if not _IS_SECRET.search(text.text):
        return
    for match in _DATA.finditer(text.text):
        if _is_in_secret(text.text, match.start()):
            yield from _entries(text.text, match)
    for match in _JSON_DATA.finditer(text.text):
        for entry in _JSON_ENTRY.finditer(text.text, *match.span("body")):
            if not is_harmless(entry["value"]):
                yield Span(*entry.span("value"), "kubernetes-secret")


def _is_in_secret(text: str, at: int) -> bool:
    """Tell whether the document around this place, between two `---`, is a Secret."""
    floor, ceiling = max(0, at - _DOCUMENT), min(len(text), at + _DOCUMENT)
    start = max(text.rfind("\n---", floor, at), floor)
    end = text.find("\n---", at, ceiling)
    return bool(_IS_SECRET.search(text, start, end if end >= 0 else ceiling))


def _entries(text: str, data: re.Match[str]) -> Iterator[Span]:
    at, indent, block = data.end() + 1, len(data["indent"]), -1
    for _ in range(1000):
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        line = text[at:line_end]
        depth = len(line) - len(line.lstrip())
        if line.strip() and depth <= indent:
            return
        if block >= 0 and depth > block and line.strip() and not is_harmless(line.strip()):
            yield Span(at + depth, at + len(line.rstrip()), "kubernetes-secret")
        elif entry := _ENTRY.match(text, at):
            block = depth if re.fullmatch(r"[|>][-+\d]{0,500}", entry["value"]) else -1
            start, end = entry.span("value")
            value = entry["value"]
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
                start, end = start + 1, end - 1
            if block < 0 and end > start and (not is_harmless(text[start:end]) or _LOGIN_URL.match(text, start, end)):
                yield Span(start, end, "kubernetes-secret")
        at = line_end + 1
        if at > len(text):
            return


def _is_login(value: str) -> bool:
    """Tell whether base64 text is `user:password`, or some long token."""
    try:
        return b":" in base64.b64decode(value, validate=True) or is_opaque(value)
    except ValueError:
        return is_opaque(value)


def _named(text: Text) -> Iterator[Span]:
    """Yield values whose name stands in a field beside them: `name: DB_PASSWORD`, `value: x`."""
    for place in text.places(_VALUES):
        value = _VALUE.match(text.text, place)
        name = _name_before(text, place) if value else None
        if value and name:
            yield from _under(text.text, name, *value.span("value"))
    if b"reg" in text.words and "/v" in text.text:
        for match in _REGISTRY.finditer(text.text):
            yield from _under(text.text, match["name"], *match.span("value"))
    if b"name" in text.words and '">' in text.text:
        for match in _NAMED_XML.finditer(text.text):
            yield from _under(text.text, match["name"], *match.span("value"))


def _name_before(text: Text, place: int) -> str | None:
    floor = max(0, place - _NAME_REACH)
    at = max(text.lowered.rfind(word, floor, place) for word in ("name", "key", "variable"))
    for start in {at, text.lowered.rfind("name", floor, place), text.lowered.rfind("key", floor, place)} - {-1}:
        match = _NAME.match(text.text, start)
        if match and match.end() == place:
            return match["name"]
    return None


def _under(text: str, name: str, start: int, end: int) -> Iterator[Span]:
    named = judge(name)
    value = text[start:end]
    inner = value.strip("\\\"'").rstrip()
    start += len(value) - len(value.lstrip("\\\"'"))
    if named and is_secret(inner, named.weight):
        yield Span(start, start + len(inner), named.kind)


def _blocks(text: Text) -> Iterator[Span]:
    """Yield texts of many lines under a secret name: `password: |`."""
    signs = text.places(_BLOCK_SIGNS) if "|" in text.text or ">" in text.text else ()
    for start, _ in text.lines(signs, 400):
        match = _BLOCK.match(text.text, start)
        named = judge(match["name"]) if match else None
        if match and named and named.weight is not Weight.WEAK:
            yield from _block(text.text, match, named)


def _block(text: str, match: re.Match[str], named: Named) -> Iterator[Span]:
    indent, at = len(match["indent"]), match.end()
    for _ in range(200):
        line_end = text.find("\n", at)
        line = text[at : line_end if line_end >= 0 else len(text)]
        depth = len(line) - len(line.lstrip())
        if line.strip() and depth <= indent:
            return
        if line.strip() and is_secret(line, named.weight):
            yield Span(at + depth, at + len(line.rstrip()), named.kind)
        if line_end < 0:
            return
        at = line_end + 1
