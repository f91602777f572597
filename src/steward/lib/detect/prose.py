"""Find secrets that sentences tell: "with password x", "your new token is x", "here is the key you asked for: x"."""

# ruff: noqa: E501, SIM905 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.names import ABOUT, Weight
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless, is_mixed, is_opaque, is_secret

_NOUN = re.compile(
    r"(?P<what>pass(?:word|phrase|code|wd|wort)?|kennwort|mot de passe|contrase\u00f1a|wachtwoord|senha|has\u0142o|l\u00f6senord|"
    r"\u043f\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|pwd|pw|token|secret|credential|cred|login|pin|psk|code|otp|seed|mnemonic|phrase|key)s?"
    r"(?: code| phrase| words| key)?(?![\w/])",
    re.IGNORECASE,
)
_NOUN_WORD = re.compile(
    r"(?:^|[^A-Za-z])(?:pass(?:word|phrase|code|wd|wort)?|kennwort|contrase|wachtwoord|senha|pwd?|token|secret|credential|cred|login|pin|psk|"
    r"code|otp|passe|has|rd|mnemonic|phrase|key)s?(?:$|[^A-Za-z])|(?:pass(?:word|phrase|code|wd|wort)?|token|secret|cred(?:ential)?)s?(?:$|[^A-Za-z])",
    re.IGNORECASE,
)
_LINK = (
    r"(?P<link>[\"'`*_]{0,3}[ \t]{0,8}(?::|=|->|=>|\u2192|\uff1a)[*_]{0,3}[ \t]{0,8}(?:\n[ \t]{0,8}){0,2}|"
    r"[ \t]{1,8}(?:is(?:\s{1,4}(?:now|set to|still))?|was|to|has been (?:set|changed|reset) to|set to|changed to|reset to|will be|as|of|lautet|ist(?: jetzt)?|est|es|\u00e8|\u00e9)(?::[ \t]|[ \t])[ \t]{0,8}|"
    r"[ \t]{1,8})"
)
_VALUE = (
    r"(?:[\"`\u201c\u201e](?P<quoted>[^\"`\u201c\u201d\u201e\n]{3,200})[\"`\u201d\u201c]|['\u2018](?P<single>[^'\u2018\u2019\n]{3,200})['\u2019]|"
    r"(?P<bare>[^\s\"'`<>,;&()\[\]{}|][^\s\"'`<>,;&()\[\]{}]{2,500}))"
)
_TOLD = re.compile(_LINK + _VALUE, re.IGNORECASE)
_OF = re.compile(
    r" (?:for|of|on|to|from|f\u00fcr|von|zum|pour|de|du|del|para)(?: [\"'`]?[\w.@/-]{1,64}[\"'`]?){1,5}?(?=[ \t]{0,8}(?::|=|->| is | was | to | ?=))|"
    r" \([^)\n]{1,40}\)|[ \t]{1,3}\d{1,3}(?=[ \t]{0,3}[:=])",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?P<aside>[ \t][^\n:\"'`=<>{}\[\]|]{2,90}):[*_]{0,3}\s{1,8}[\"'`]?(?P<value>[^\s\"'`<>,;]{8,500})[\"'`]?[.!]?[ \t]{0,8}(?:\r?\n|\Z)"
)
"""A sentence that goes on behind the noun and ends in a colon, and what stands alone behind it."""
_QUALIFIED = re.compile(
    r"(?:recovery|unseal|access|private|api|licen[cs]e|master|encryption|secret|backup|unlock|activation|setup|set-up|pairing|verification|"
    r"security|root|admin|app|preshared|pre-shared|shared|wifi|wi-fi|wlan|network|session|bot|auth|scratch|rescue|emergency|one-time|2fa|"
    r"homekit|matter|onboarding|signing|service|account|enrollment|registration|deploy|machine|this|invite|door|alarm)[ _-]$",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"[A-Za-z]{3,12}(?:[ -][A-Za-z]{3,12}){2,9}")
_BEFORE = re.compile(
    r"(?<![\w$@#%+=-])(?P<value>[^\s\"'`<>,;&()\[\]{}]{6,200})[\"'`]? (?:as|for|is) (?:the|your|my|our|a|its) (?:\w{1,12} ){0,2}$"
)
"""`use x as the password`: a value before its noun."""
_IT = re.compile(
    r"\b(?:set|changed|reset|made|updated) (?:it|that|this|them) to [\"'`]?(?P<value>[^\s\"'`<>,;&()\[\]{}]{6,200})",
    re.IGNORECASE,
)
_GROUPS = re.compile(r"(?P<one>[A-Za-z0-9]{4,6})(?: [A-Za-z0-9]{4,6}){2,12}(?=[\s\"'.,`]|$)")
_PAIR = re.compile(
    r"(?:credentials?|creds|logins?|log in|logged in|signed? in|user(?:name)?/pass(?:word)?|auth(?:enticat\w{1,80})?)\b[^\n:]{0,30}?[:\s]\s{0,80}(?P<user>[\w.@-]{2,64})\s{0,80}(?P<by>[:/])\s{0,80}(?P<value>[^\s\"'<>,;/:]{4,200})(?=[\s\"'<>,;.]|$)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:admin|root|administrator|superuser)(?::| / )(?P<value>[^\s\"'<>,;/:@=()]{7,64})(?=[\s\"'<>,;.)]|$)",
    re.IGNORECASE,
)
_OWNS = re.compile(r"(?:chown|chgrp|owner|install|user|group|--user)[ =:]{0,3}(?:-\w{1,8} ){0,3}$", re.IGNORECASE)
_ROOTS = triggers(
    "pass", "pwd", "pw ", "pw:", "token", "secret", "key", "credential", "creds", "pin", "psk", "code", "otp", "kennwort", "mot de passe",
    "contrase\u00f1a", "wachtwoord", "senha", "has\u0142o", "l\u00f6senord", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u5bc6\u7801", "phrase",
)  # fmt: skip
_ITS = triggers(" it to ", " that to ", " this to ", " them to ")
_LOGINS = triggers("credential", "creds", "login", "logged in", "log in", "user/", "username/", "signed in", "auth")
_ACCOUNTS = triggers("admin:", "root:", "administrator:", "admin / ", "root / ")
_VAGUE = ("login", "cred", "seed", "mnemonic", "phrase")
_TOPICS = (
    ABOUT
    - frozenset(
        "for by at user users reset used per has service server host domain last next mode generated is on message error".split()
    )
) | frozenset(
    "hash hashes digest fingerprint id ids path file name error failed public checksum commit sha256 md5 line".split()
)
"""Words between a noun and a colon with which the sentence is about something else."""
_LETTERS = re.compile(r"[^\W\d_]{1,64}")


def spans(text: Text) -> Iterator[Span]:
    """Yield what sentences give away; a bare word must look like no word of a language."""
    done = 0
    for place in text.worded(_ROOTS, _is_noun):
        if place < done or (place and not _begins_word(text, place)):
            continue
        if text.lowered.startswith("no", max(place - 2, 0)) and place >= 2:  # sudo's NOPASSWD
            continue
        noun = _NOUN.match(text.text, place)
        for span in _behind(text.text, noun) if noun else ():
            yield span
            done = span.end
        if noun and not noun["what"].lower().startswith(("login", "code")):
            yield from _before(text, place)
    for place in text.places(_LOGINS):
        match = _PAIR.match(text.text, place)
        if match and is_opaque(match["value"]) and not is_harmless(match["value"]) and _has_digit(match["value"]):
            yield Span(*match.span("value"), "password")
    yield from _accounts(text)


def _accounts(text: Text) -> Iterator[Span]:
    """Yield passwords of accounts everybody has: `admin:x`, `root / x`."""
    for place in text.places(_ACCOUNTS):
        match = _ACCOUNT.match(text.text, place)
        if match and not (place and (text.text[place - 1].isalnum() or text.text[place - 1] in "_-.@")):
            is_owner = _OWNS.search(text.text, max(0, place - 30), place)
            if not is_owner and is_mixed(match["value"]) and is_secret(match["value"], Weight.LIKELY):
                yield Span(*match.span("value"), "password")


def _before(text: Text, place: int) -> Iterator[Span]:
    """Yield what a sentence tells before its noun."""
    said = text.lowered[max(0, place - 40) : place]
    if not any(word in said for word in (" as ", " for ", " is ")) and not text.places(_ITS):
        return
    start = text.line_start(place, 240)
    match = _BEFORE.search(text.text, max(start, place - 240), place)
    for found in (match, _IT.search(text.text, start, text.line_end(place, 240))):
        value = found["value"].rstrip(".:") if found else ""
        if found and is_mixed(value) and "/" not in value and is_secret(value, Weight.LIKELY):
            yield Span(found.start("value"), found.start("value") + len(value), "password")


def _is_noun(word: str) -> bool:
    return _NOUN_WORD.search(word) is not None


def _begins_word(text: Text, place: int) -> bool:
    """Tell whether a noun begins here; in names joined by case only long ones count."""
    before = text.text[place - 1]
    if text.lowered.startswith(("pass", "token", "secret", "cred"), place):
        return not before.isalnum() or (text.text[place].isupper() and before.islower())
    return not (before.isalnum() or before in "_-.+/=")


def _behind(text: str, noun: re.Match[str]) -> Iterator[Span]:
    """Yield what is told behind a noun: at once, behind what it is for, or behind the rest of the sentence."""
    if text.startswith("=", noun.end()):
        return  # `pairs` reads it
    is_qualified = _QUALIFIED.search(text, max(0, noun.start() - 16), noun.start()) is not None
    grouped = _grouped(text, noun, is_qualified=is_qualified)
    if grouped:
        yield grouped
        return
    of = _OF.match(text, noun.end())
    for at in (of.end(), noun.end()) if of else (noun.end(),):
        match = _TOLD.match(text, at)
        if match and (span := _told(noun, match, is_qualified=is_qualified, is_of=at != noun.end())):
            yield span
            return
    aside = _ASIDE.match(text, noun.end())
    if (
        aside
        and (is_qualified or noun["what"].lower() != "key")
        and not noun["what"].lower().startswith(("code", "login", "pin"))
    ):
        words = {word.lower() for word in _LETTERS.findall(aside["aside"])}
        value = aside["value"].rstrip(".")
        if not words & _TOPICS and is_mixed(value) and is_secret(value, Weight.LIKELY) and "/" not in value:
            yield Span(aside.start("value"), aside.start("value") + len(value), _kind(noun["what"]))


def _told(noun: re.Match[str], match: re.Match[str], *, is_qualified: bool, is_of: bool) -> Span | None:
    group = next(name for name in ("quoted", "single", "bare") if match[name] is not None)
    value = match[group]
    if group == "bare":
        value = value.rstrip(".:").rstrip("*_)]}") if value[-1:] in ".:*_)]}" else value
    link = match["link"].strip(" \t\"'`*_")
    if (is_of and not link) or not _is_told(
        noun["what"].lower(), link, value, is_quoted=group != "bare", is_qualified=is_qualified
    ):
        return None
    return Span(match.start(group), match.start(group) + len(value), _kind(noun["what"]))


def _is_told(what: str, link: str, value: str, *, is_quoted: bool, is_qualified: bool) -> bool:
    if is_harmless(value.rstrip(".!?")) or value.startswith(("http", "/", "--", "secret/")):
        return False
    if what.startswith(("pin", "code", "otp")):
        is_long = what.startswith("code") and is_secret(value, Weight.WEAK)
        return bool(link) and (is_long or (_is_code(value) and (what.startswith("pin") or is_qualified)))
    if what.startswith(("login", "cred", "seed", "mnemonic", "phrase")) or (
        what.startswith("key") and not is_qualified
    ):
        return is_secret(value, Weight.WEAK) and link not in {"", "of", "to", "as"}
    if what.startswith(("token", "secret", "key")):
        is_sure = bool(link) and (is_mixed(value) or value.count("-") >= 3)
        return is_secret(value, Weight.LIKELY) if is_sure else len(value) >= 20 and is_secret(value, Weight.WEAK)
    is_phrase = what.startswith("passph") and bool(link) and _PHRASE.fullmatch(value) is not None
    if is_quoted and (is_phrase or (" " not in value and (link or is_opaque(value)))):
        return is_secret(value, Weight.SURE)
    return is_secret(value, Weight.LIKELY) and is_mixed(value) and (bool(link) or not (value.isupper() or "/" in value))


def _is_code(value: str) -> bool:
    if value.isdigit():
        return 4 <= len(value) <= 12
    return _has_digit(value) and value.count("-") in {1, 2} and len(value) < 24


def _grouped(text: str, noun: re.Match[str], *, is_qualified: bool) -> Span | None:
    """Return a secret in groups of the same length, as app passwords and license keys are shown."""
    link = _GROUP_LINK.match(text, noun.end())
    match = _GROUPS.match(text, link.end()) if link else None
    groups = match.group().split() if match else []
    if not match or len({len(group) for group in groups}) > 1 or is_harmless(match.group()):
        return None
    is_app = is_qualified and text[max(0, noun.start() - 4) : noun.start()].lower().startswith("app")
    if sum(map(_has_digit, groups)) * 2 < len(groups) and not is_app:
        return None
    return Span(*match.span(), _kind(noun["what"]))


_GROUP_LINK = re.compile(r"[\"'`*_]{0,3}[ \t]{0,8}(?:[:=]|is\b)[ \t]{0,8}[\"'`]?", re.IGNORECASE)


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def _kind(what: str) -> str:
    lowered = what.lower()
    roots = (
        ("token", "token"),
        ("secret", "secret"),
        ("key", "key"),
        ("pin", "pin"),
        ("code", "code"),
        ("seed", "seed"),
        ("otp", "one-time-password"),
    )
    return next((kind for root, kind in roots if root in lowered), "password")
