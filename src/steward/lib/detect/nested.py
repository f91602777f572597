"""Find secrets in lists and maps under a secret name: `api_keys: [...]`, `"tokens": {...}`, bytes of a key."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.names import Weight, judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_bytes, is_harmless, is_mixed, is_opaque, is_random, is_secret

_ROOTS = triggers("pass", "secret", "token", "key", "code", "cookie", "credential", "psk")
_LOGIN_NAMES = triggers(
    *(
        name + sign
        for name in ("user", "username", "users", "auth", "login", "credentials", "userpass", "account")
        for sign in ("=", ":", " =", '":', "':")
    )
)
_NAME = re.compile(r"[\w.-]{2,64}", re.ASCII)
_OPENED = re.compile(r"\\{0,3}[\"']?[ \t]{0,8}(?:=>|[:=])\s{0,80}(?P<open>[\[{(])")
_ITEM = re.compile(
    r"\\{0,3}(?P<quote>[\"'])(?P<value>[^\"'\\\n]{4,4000})\\{0,3}(?P=quote)(?P<colon>\s{0,8}(?::|=>|=))?"
)
_BYTES = re.compile(r"[\[{(][\s\d,xXa-fA-F]{20,600}[\])}]")
_ITEMS = re.compile(
    r"\\{0,3}[\"']?[ \t]{0,8}[:=][ \t]{0,8}\r?\n(?P<items>(?:[ \t]{0,80}-[ \t]{1,8}[^\n]{1,500}(?:\n|\Z)){1,100})"
)
_LINE = re.compile(r"[ \t]{0,80}-[ \t]{1,8}[\"']?(?P<value>[^\n\"']{1,500}?)[\"']?[ \t\r]{0,8}(?:\n|\Z)")
_PAIR = re.compile(
    r"(?:users?|basic_?auth|http_?auth|auth|login|credentials?|userpass|account)\\{0,3}[\"']?[ \t]{0,8}[:=][ \t]{0,8}\\{0,3}[\"'\[]{0,2}"
    r"(?![\w.+-]{1,20}://)[\w.@-]{1,64}:(?P<value>[^\s\"'@/,;:<>(){}\[\]\\]{6,200})(?=[\s\"',;\\\]}]|$)",
    re.IGNORECASE,
)
_TWO_LINES = re.compile(r"(?P<user>[\w.@+-]{1,64})\r?\n(?P<value>[^\s:/=\"']{6,128})[ \t\r]{0,8}(?:\n|\Z)")
_USER_KEY = re.compile(
    r"user(?:name)?[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<value>[A-Za-z0-9]{28,64})(?![\w.@-])", re.IGNORECASE
)
"""Some programs call a key a user: Hue, Pushover."""
_HEADS = triggers("auth.txt", "login.txt", ".auth", "passwd", "password", "secrets", "credentials", "chpasswd", "users")
_LOGIN = re.compile(r"[ \t]{0,80}(?:- )?[\"']?[\w.@-]{1,64}:(?P<value>[^\s:/\"']{6,128})[\"']?[ \t\r]{0,8}(?:\n|\Z)")
_REACH = 2000


def spans(text: Text) -> Iterator[Span]:
    """Yield values in lists and maps under a name that says they are secret."""
    done = 0
    for place in sorted({*text.named(_ROOTS, least=Weight.WEAK, is_before_sign=True), *text.places(_LOGIN_NAMES)}):
        if place < done:
            continue
        pair = _PAIR.match(text.text, place)
        if pair and is_mixed(pair["value"]) and is_secret(pair["value"], Weight.LIKELY):
            yield Span(*pair.span("value"), "password")
        user = _USER_KEY.match(text.text, place)
        if user and is_random(user["value"]):
            yield Span(*user.span("value"), "key")
        name = _NAME.match(text.text, place)
        opened = _OPENED.match(text.text, name.end()) if name else None
        listed = _ITEMS.match(text.text, name.end()) if name and not opened else None
        if opened or listed:
            head = text.text[max(0, place - 40) : place]
            named = judge(head[len(head.rstrip(_CHARS)) :] + text.text[place : name.end() if name else place])
            if named and (named.weight is not Weight.WEAK or named.kind == "key"):
                for span in (
                    _opened(text.text, opened, named.kind) if opened else _listed(text.text, listed, named.kind)
                ):
                    yield span
                    done = span.end
                if opened:  # what it holds under names of its own is found by `pairs`
                    done = max(done, text.line_end(place, 400))
    yield from _logins(text)


_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"


def _opened(text: str, opened: re.Match[str], kind: str) -> Iterator[Span]:
    start = opened.start("open")
    numbers = _BYTES.match(text, start)
    if numbers and is_bytes(numbers.group()):
        yield Span(*numbers.span(), kind)
        return
    closing = {"[": "]", "{": "}", "(": ")"}[opened["open"]]
    end = text.find(closing, start, start + _REACH)
    end = min(len(text), start + _REACH) if end < 0 else end
    for item in _ITEM.finditer(text, start, end):
        if item["colon"] is None and not is_harmless(item["value"]) and _is_item(item["value"], kind):
            yield Span(*item.span("value"), kind)


def _listed(text: str, listed: re.Match[str] | None, kind: str) -> Iterator[Span]:
    if listed is None:
        return
    numbers = [line["value"] for line in _LINE.finditer(text, *listed.span("items"))]
    if is_bytes(f"[{', '.join(numbers)}]"):
        first = listed["items"].index("-")
        yield Span(listed.start("items") + first, listed.end("items") - listed["items"].endswith("\n"), kind)
        return
    for line in _LINE.finditer(text, *listed.span("items")):
        if not is_harmless(line["value"]) and _is_item(line["value"], kind):
            yield Span(*line.span("value"), kind)


def _is_item(value: str, kind: str) -> bool:
    """Tell whether one of several values is a secret: other fields may stand beside it."""
    if kind == "code":
        return is_mixed(value) and is_opaque(value)
    if kind == "password":
        return is_mixed(value) and is_secret(value, Weight.LIKELY) and len(value) >= 8
    return is_random(value)


def _logins(text: Text) -> Iterator[Span]:
    """Yield passwords of lines `user:password` below a line that speaks of passwords."""
    done = 0
    for place in text.places(_HEADS):
        end = text.line_end(place, 200)
        if place < done or text.text[max(place, end - 1) : end] not in {":", "|", "]", ">"}:
            continue
        at = end + 1
        two = _TWO_LINES.match(text.text, at) if text.text[end - 1] == ":" else None
        if two and is_mixed(two["value"]) and is_secret(two["value"], Weight.LIKELY):
            yield Span(*two.span("value"), "password")
        for _ in range(50):
            line = _LOGIN.match(text.text, at)
            if line is None:
                header = text.text.find("\n", at, at + 60)
                if at == end + 1 and header > 0 and text.text[header - 1] in "|>:":
                    at = header + 1
                    continue
                break
            if is_mixed(line["value"]) and is_secret(line["value"], Weight.LIKELY):
                yield Span(*line.span("value"), "password")
            at = done = line.end()
