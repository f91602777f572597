"""Find what is secret in addresses: the password before the host, tokens in the query or the path, webhooks."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless, is_mixed, is_opaque, is_random

_USERINFO = re.compile(r"([^\s/?#\"'<>@:\\,;()\[\]{}|]{0,256})(?::([^\s\"'<>]{1,512}))?@(?=[\w\[.:%$\{-])")
"""Who and with what; a password may hold any sign that is no space or quote: the last `@` before the host ends it."""
_PASSWORD = re.compile(r"(?P<user>[^\s/?#\"'<>@:]{0,256}):(?P<password>[^\s\"'<>`]{1,512})")
_GO = re.compile(r"(?<![\w/:.-])[\w.-]{1,64}:(?P<value>[^\s\"'<>@/]{1,256})@(?:tcp|unix)\(")
_PATHS: tuple[tuple[str, str, str], ...] = (
    ("webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/[\w/-]{10,200}"),
    ("webhook", "discord.com/api/", r"(?:v\d{1,80}/)?webhooks/\d{5,25}/[\w-]{10,120}"),
    ("webhook", "discordapp.com/api/", r"(?:v\d{1,80}/)?webhooks/\d{5,25}/[\w-]{10,120}"),
    ("webhook", "webhook.office.com/", r"webhookb?2?/[\w@/.-]{20,400}"),
    ("webhook", "logic.azure.com", r"(?::\d{1,80})?/workflows/[^\s\"'<>]{20,600}"),
    ("webhook", "chat.googleapis.com/", r"v1/spaces/[\w-]{5,40}/messages\?[^\s\"'<>]{20,400}"),
    ("webhook", "/hooks/", r"(?=[\w/-]{0,80}\d)[a-zA-Z0-9]{20,60}"),
    ("webhook", "/api/webhook/", r"[\w%-]{6,200}"),
    ("webhook", "maker.ifttt.com/", r"(?:trigger/[\w-]{1,80}/(?:json/)?)?with/key/(?P<value>[\w-]{10,80})"),
    ("webhook", "hooks.zapier.com/hooks/catch/", r"[\w/]{8,80}"),
    ("ping-key", "hc-ping.com/", r"[\w-]{16,60}"),
    ("ping-key", "hchk.io/", r"[\w-]{16,60}"),
    ("ping-key", "/ping/", r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[A-Za-z_-]{0,80}\d)[\w-]{20,60})"),
    ("calendar", "/calendar/", r"[0-9a-f]{32}(?=\.ics)"),
    ("push-key", "/api/push/", r"[A-Za-z0-9]{8,60}"),
    ("heartbeat", "betteruptime.com/api/v1/heartbeat/", r"[\w]{10,60}"),
    ("heartbeat", "betterstack.com/api/v1/heartbeat/", r"[\w]{10,60}"),
    ("key", "/api/", r"(?=[a-z\d-]{0,40}[A-Z])(?=[A-Z\d-]{0,40}[a-z])[A-Za-z0-9-]{38,42}(?=/)"),
    ("update-key", "/update.php?", r"[A-Za-z0-9]{24,80}={0,2}(?![\w=&])"),
    ("stream-key", ":7441/", r"[A-Za-z0-9]{16}(?![A-Za-z0-9])"),
    ("feed-key", "nosnch.in/", r"[\w]{8,30}"),
    ("calendar", "calendar.google.com/calendar/ical/", r"[^\s/\"'<>]{1,200}/private-(?P<value>[0-9a-f]{16,64})"),
    ("bark-key", "api.day.app/", r"(?=[A-Za-z]{0,80}\d)[A-Za-z0-9]{16,40}"),
    ("serverchan-key", "sctapi.ftqq.com/", r"SCT[\w]{10,60}"),
)
KINDS = frozenset(kind for kind, _, _ in _PATHS)
"""Kinds of addresses that are secret as a whole."""
_SECRET_PATHS = tuple(
    (kind, prefix, max(re.findall(rb"[a-z]+", prefix.encode()), key=len, default=b""), re.compile(rest, re.ASCII))
    for kind, prefix, rest in _PATHS
)
_APPRISE = re.compile(
    r"(?P<scheme>tgram|telegram|discord|slack|gotifys?|pover|pushover|pbul|pushbullet|pushdeer|schan|bark|ifttt|join|"
    r"matrixs?|mmosts?|mattermosts?|rocket|msteams|teams|googlechat|gchat|twilio|sendgrid|mailgun|hassios?|line|prowl|"
    r"simplepush|spontit|threema|workflows|signals?|ryver|webexteams|wxteams|zulip|opsgenie|pagerduty|logger|generic)"
    r"://(?P<value>[^\s\"'<>]{8,300})"
)
_QUERY = re.compile(r"[?&;](?:amp;)?(?P<name>[\w.\[\]-]{1,40})=(?P<value>[^\s&#\"'<>;]{4,2000})")
_QUERY_NAMES = re.compile(
    r"(?i)(?:x-plex-token|x-amz-(?:signature|security-token)|x-goog-signature|sig(?:nature)?|auth|key|apikey|api_key|"
    r"passkey|rsskey|rss_key|torrent_pass|authkey|code|state|t|s|k|apitoken|access|hash|secret|pass|p|ticket|sid|jwt|"
    r"session|sessionid|appid|r|u|token|tok|st|share)$"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ADDRESS = triggers("://")
_QUERY_SIGNS = triggers(
    "key=", "sig=", "signature=", "token=", "auth=", "code=", "pass=", "ticket=", "sid=", "hash=", "jwt=", "secret=", "session=", "apikey=",
    "appid=", "access=", "share=", "authkey=",
)  # fmt: skip
_SHORT = {name.encode(): triggers(f"?{name}=", f"&{name}=") for name in ("k", "t", "p", "s", "st")}
_ONE_TIME = re.compile(
    r"otpauth(?:-migration)?://[^\s\"'<>]{1,200}?[?&](?:secret|data)=(?P<value>[\w%+/=]{8,2000})", re.IGNORECASE
)


def spans(text: Text) -> Iterator[Span]:
    """Yield secrets inside of addresses."""
    done = 0
    for place in text.places(_ADDRESS):
        if place < done:
            continue
        found = _userinfo(text.text, place + 3)
        if found is not None:
            yield found
            done = found.end
    if text.has(b"otpauth"):
        yield from (Span(*match.span("value"), "one-time-password") for match in _ONE_TIME.finditer(text.text))
    if b"tcp" in text.words or b"unix" in text.words:
        yield from (Span(*match.span("value"), "password") for match in _GO.finditer(text.text))
    yield from _apprise(text)
    yield from _paths(text)
    yield from _queries(text)


def _userinfo(text: str, at: int) -> Span | None:
    """Return the password between `//` and `@`, or a token that stands there alone."""
    authority_end = _authority_end(text, at)
    sign = text.rfind("@", at, authority_end)
    if sign < 0:
        return None
    braces = _VARIABLE.match(text, at)
    colon = text.find(":", braces.end() if braces else at, sign)
    if colon < 0:
        name = text[at:sign]
        is_token = is_random(name) and len(name) >= 20
        return Span(at, sign, "url-token") if is_token and not is_harmless(name) else None
    value = text[colon + 1 : sign]
    if not value or is_harmless(value) or "://" in value:
        return None
    return Span(colon + 1, sign, "url-password")


_SLASH = re.compile(r"[/?#]")
_VARIABLE = re.compile(r"\$?\{[^}]{0,200}\}")
_END = re.compile(r"[\s\"'<>`]|\\[nrt\"u]")
_HOST = re.compile(
    r"@(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,60}\]|\$?\{[^}]{0,500}\})(?::\d{1,80}|:\$?\{[^}]{0,500}\})?(?=[/?#\s\"'<>`,;)\]}\\]|$)"
)


def _authority_end(text: str, at: int) -> int:
    """Return where user and host end: at the first slash, or later when a password holds one."""
    stop = _END.search(text, at, at + 1024)
    end = stop.start() if stop else min(len(text), at + 1024)
    if text.find("@", at, end) < 0:
        return at
    cut = _SLASH.search(text, at, end)
    slash = cut.start() if cut else end
    if text.find("@", at, slash) >= 0:
        return slash
    host = _HOST.search(text, at, end)  # a password with a slash in it: `//user:pa/ss@host/`
    colon = text.find(":", at, end)
    if host and 0 <= colon < slash and not text[colon + 1 : slash].isdigit():
        return host.end()
    return slash


def _apprise(text: Text) -> Iterator[Span]:
    for place in text.places(_ADDRESS):
        before = text.text[max(0, place - 14) : place]
        match = _APPRISE.match(text.text, place - len(before) + len(before.rstrip(_LETTERS)))
        if match and match.start("value") == place + 3 and not is_harmless(match["value"]):
            is_generic = match["scheme"] in {"generic", "logger", "teams", "line", "slack", "discord", "telegram"}
            if is_opaque(match["value"]) or not is_generic:
                yield Span(*match.span("value"), "notification-url")


def _paths(text: Text) -> Iterator[Span]:
    for kind, prefix, part, rest in _SECRET_PATHS:
        if part not in text.vocabulary:
            continue
        at = text.lowered.find(prefix)
        while at >= 0:
            end = at + len(prefix)
            match = rest.match(text.text, end)
            if match and not is_harmless(match.group()):
                named = "value" in match.re.groupindex
                start = match.start("value") if named else _url_start(text.text, at)
                end = match.end("value") if named else match.end()
                yield Span(start, end, kind)
            at = text.lowered.find(prefix, end)


def _url_start(text: str, at: int) -> int:
    """Return where the address around this place begins."""
    scheme = max(text.rfind("https://", max(0, at - 200), at + 8), text.rfind("http://", max(0, at - 200), at + 8))
    return scheme if scheme >= 0 and not re.search(r"[\s\"'<>]", text[scheme:at]) else at


def _queries(text: Text) -> Iterator[Span]:
    done = 0
    short = [one for name, one in _SHORT.items() if name in text.words]
    places = sorted(place for signs in (_QUERY_SIGNS, *short) for place in text.places(signs))
    for place in places:
        if place < done:
            continue
        match = _QUERY.search(text.text, max(0, place - 24), place + 2100)
        while match and match.end("name") < place:
            match = _QUERY.search(text.text, match.end("name"), place + 2100)
        if match and match.start("name") <= place + 1 and _QUERY_NAMES.match(match["name"]):
            value = match["value"]
            if not is_harmless(value) and (
                is_random(value)
                or (len(value) >= 16 and is_opaque(value))
                or (
                    match["name"].lower() == "p" and is_mixed(value) and len(value) >= 8 and _has_user(text.text, place)
                )
            ):
                yield Span(*match.span("value"), "url-token")
                done = match.end("value")


def _has_user(text: str, place: int) -> bool:
    return re.search(r"[?&](?:u|user|username)=", text[max(0, place - 100) : place + 200]) is not None
