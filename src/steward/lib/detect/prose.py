"""Find secrets that sentences tell: "with password x", "your new token is x", "Initial root password: x"."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from steward.lib.detect.names import Weight
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless, is_opaque, is_secret

_TOLD = re.compile(
    r"(?P<what>pass(?:word|phrase|code|wd)?|passwort|pwd|token|secret|api[ -]?key|credentials?|recovery key|unseal key(?: \d{1,80})?|"
    r"root token|access key|private key|pin(?: code)?|psk|code)s?"
    r"(?P<of> (?:for|of|to) (?:the )?(?:user )?[\"'`]?[\w.@/-]{1,64}[\"'`]?(?: user)?| \([^)\n]{1,40}\))?"
    r"(?P<link>[ \t]{0,8}(?::[ \t]|[ \t]=[ \t]|->|=>|\u2192)[ \t]{0,8}|[ \t]{1,8}(?:is(?:\s{1,80}now)?|was|to|has been set to|set to|changed to|reset to|will be|as|of|lautet|ist)[: \t][ \t]{0,8}|[ \t]{1,8})"
    r"(?:[\"'`\u201c\u2018](?P<quoted>[^\"'`\u201c\u201d\u2018\u2019\n]{3,200})[\"'`\u201d\u2019]|(?P<bare>[^\s\"'`<>,;&()\[\]{}]{3,500}))",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?:credentials?|logins?|log in|logged in|signed? in|user(?:name)?/pass(?:word)?|auth(?:enticat\w{1,80})?)\b[^\n:]{0,30}?[:\s]\s{0,80}(?P<user>[\w.@-]{2,64})\s{0,80}(?P<by>[:/])\s{0,80}(?P<value>[^\s\"'<>,;/:]{4,200})(?=[\s\"'<>,;.]|$)",
    re.IGNORECASE,
)
_ROOTS = triggers("pass", "pwd", "token", "secret", "api key", "api-key", "key", "credential", "pin", "psk", "code")

_LOGINS = triggers("credential", "login", "logged in", "log in", "user/", "username/", "signed in", "auth")


def spans(text: Text) -> Iterator[Span]:
    """Yield what sentences give away; a bare word must look like no word of a language."""
    done = 0
    for place in text.places(_ROOTS):
        if place < done or (place and (text.text[place - 1].isalnum() and not text.text[place].isupper())):
            continue
        if text.text[max(place - 2, 0) : place].lower() == "no":  # sudo's NOPASSWD
            continue
        match = _TOLD.match(text.text, place)
        if match is None:
            continue
        group = "quoted" if match["quoted"] is not None else "bare"
        value = match[group].rstrip(".!?:*_")
        if _is_told(match, value, is_quoted=group == "quoted"):
            yield Span(match.start(group), match.start(group) + len(value), _kind(match["what"]))
            done = match.end()
    for place in text.places(_LOGINS):
        match = _PAIR.match(text.text, place)
        if (
            match
            and is_opaque(match["value"])
            and not is_harmless(match["value"])
            and any(map(str.isdigit, match["value"]))
        ):
            yield Span(*match.span("value"), "password")


def _is_told(match: re.Match[str], value: str, *, is_quoted: bool) -> bool:
    what, link = match["what"].lower(), match["link"].strip()
    if is_harmless(value) or value.startswith(("http", "/", "--", "secret/")):
        return False
    is_password = what.startswith(("pass", "pwd", "psk"))
    if what.startswith(("pin", "code")):
        return bool(link) and what.startswith("pin") and value.isdigit() and 4 <= len(value) <= 8
    if is_quoted and is_password and " " not in value and (link or is_opaque(value)):
        return is_secret(value, Weight.SURE)
    if not is_password and not link:
        return is_opaque(value) and len(value) >= 20 and is_secret(value, Weight.WEAK)
    if is_password and not link:
        return is_secret(value, Weight.LIKELY) and not value.isupper() and _mixes(value)
    return is_secret(value, Weight.LIKELY) and (_mixes(value) or value.count("-") >= 3)


def _mixes(value: str) -> bool:
    """Tell whether letters meet digits or signs, as they seldom do in a word of a sentence."""
    has_digit = any(map(str.isdigit, value))
    turns = sum(a.islower() != b.islower() for a, b in pairwise(value))
    if len(value) >= 8 and turns >= 4:
        return True
    return (
        (has_digit and any(map(str.isalpha, value)))
        or value.count("-") >= 3
        or any(c in "!@#$%^&*+~" for c in value[1:])
    )


def _kind(what: str) -> str:
    for root, kind in (("pass", "password"), ("pwd", "password"), ("token", "token"), ("key", "key"), ("pin", "pin")):
        if root in what.lower():
            return kind
    return "secret"
