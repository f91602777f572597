"""Find what HTTP requests prove themselves with: authorization, cookies, keys in headers of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.names import judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless, is_opaque

_SCHEME = re.compile(
    r"(?i)(?P<scheme>basic|bearer|token|digest|negotiate|ntlm|apikey|api-key|key|hawk|ssws|splunk|mediabrowser|"
    r"pveapitoken=|pbsapitoken=|aws4-hmac-sha256|sso-key|glsa|discogs|discordbot|bot|snowflake|genie-?key|oauth|"
    r"sharedaccesssignature|client-id|macaroon|lsat|l402)\b[ \t=:]{0,4}[\"']?"
    r"(?P<value>(?:[a-z]{4,16}[ ](?=[\w-]{16}))?[^\s\"',<>\\]{4,8000})"
)
_WHOLE = re.compile(r"(?P<value>[^\s\"',<>\\]{8,8000})")
_AFTER_NAME = re.compile(r"(?:\\{0,7}[\"'])?[ \t]{0,8}(?:=>|[:=,])[ \t]{0,8}(?:\\{0,7}[\"']|\[[\"'])?")
_FIELDS = re.compile(
    r"(?:response|signature|credential|oauth_signature|oauth_token|mac)=\"?(?P<value>[\w%+/=.:-]{8,500})", re.IGNORECASE
)
_COOKIE = re.compile(r"(?P<name>[\w.!#$%&'*+^`|~-]{1,100})=(?P<value>\"?[^\s;\"',\\]{1,4096})")
_PLAIN_COOKIES = re.compile(
    r"(?i)(?:path|domain|expires|max-age|samesite|version|comment|priority|lang|language|locale|theme|color|tz|timezone|"
    r"consent|_ga\w{0,80}|_gid|_gat|utm_\w{1,80}|i_like_gitea_theme|sidebar\w{0,80}|redirect\w{0,80}|dark\w{0,80}|timezone)$"
)
_COOKIE_ATTRIBUTES = re.compile(r"(?i);\s{0,80}(?:path|domain|expires|max-age|samesite|secure|httponly)\b")
_PROOFS = triggers("authorization", "x-auth", "bearer ", "basic ", "pveapitoken", "pbsapitoken")
_COOKIES = triggers("cookie")
_NAME = re.compile(r"[\w-]{4,60}")
_TOKEN_FIELD = re.compile(r"token=\\?\"?([\w.-]{8,500})", re.IGNORECASE)
_API_TOKEN = re.compile(r"[^\s=\"']{3,120}[=:](?P<value>[0-9a-f-]{30,40})")
_COOKIE_NAME = re.compile(r"cookies?2?(?:\\{0,7}[\"'])?(?:[ \t]{0,8}[:=][ \t]{0,8}|[ \t]{1,8})(?:\\{0,7}[\"'])?")
_NEXT_COOKIE = re.compile(r"[ \t]{0,8};[ \t]{0,8}")
_MAXIMUM = 4096


def spans(text: Text) -> Iterator[Span]:
    """Yield values of headers that prove who asks."""
    for place in text.places(_PROOFS):
        yield from _authorization(text.text, text.lowered, place)
    done = 0
    for place in text.places(_COOKIES):
        if place >= done:
            for span in _cookies(text, place):
                yield span
                done = span.end


def _authorization(text: str, lowered: str, place: int) -> Iterator[Span]:
    at = place
    is_header = lowered.startswith(("authorization", "proxy-auth", "x-auth"), place)
    if is_header:
        name_end = _NAME.match(text, place)
        between = _AFTER_NAME.match(text, name_end.end()) if name_end else None
        if between is None:
            return
        at = between.end()
    elif place and (text[place - 1].isalnum() or text[place - 1] in "_-"):
        return
    match = _SCHEME.match(text, at)
    if match is not None:
        yield from _credentials(text, match, is_header=is_header)
    elif (
        is_header
        and (whole := _WHOLE.match(text, at))
        and is_opaque(whole["value"])
        and not is_harmless(whole["value"])
    ):
        yield Span(*whole.span("value"), "authorization")


def _credentials(text: str, match: re.Match[str], *, is_header: bool) -> Iterator[Span]:
    scheme, value = match["scheme"].lower(), match["value"]
    if is_harmless(value):
        return
    if scheme in {"digest", "aws4-hmac-sha256", "oauth", "hawk", "mediabrowser"}:
        end = min(len(text), match.start() + 2000)
        stop = text.find("\n", match.start(), end)
        for field in _FIELDS.finditer(text, match.start(), stop if stop >= 0 else end):
            yield Span(*field.span("value"), "authorization")
        token = _TOKEN_FIELD.search(text, match.start(), stop if stop >= 0 else end)
        if token:
            yield Span(*token.span(1), "authorization")
    elif scheme.endswith("apitoken="):
        token = _API_TOKEN.match(text, match.start("value"))
        if token:
            yield Span(*token.span("value"), "proxmox-token")
    elif is_header or (is_opaque(value) and len(value) >= 12):
        yield Span(match.start("value"), match.start("value") + len(value.rstrip(".,;)")), f"{_plain(scheme)}")


def _plain(scheme: str) -> str:
    return {"basic": "basic-auth", "bearer": "bearer-token"}.get(scheme, "authorization")


def _cookies(text: Text, place: int) -> Iterator[Span]:
    """Yield the values of cookies in `Cookie:`, `Set-Cookie:`, `-b` and `--cookie`."""
    start = text.text.rfind("-", max(0, place - 5), place)
    is_flag = text.lowered.startswith("--", max(0, place - 2))
    between = _COOKIE_NAME.match(text.lowered, place)
    has_sign = between is not None and (":" in between.group() or "=" in between.group())
    if between is None or not (has_sign or is_flag) or (start < 0 and place and text.text[place - 1].isalnum()):
        return
    end = text.line_end(between.end(), _MAXIMUM)
    position = between.end()
    is_set = text.lowered.startswith("set-", max(0, place - 4))
    while match := _COOKIE.match(text.text, position, end):
        if not _PLAIN_COOKIES.match(match["name"]) and _is_cookie(match["name"], match["value"]):
            yield Span(match.start("value"), match.end("value"), "cookie")
        following = _NEXT_COOKIE.match(text.text, match.end(), end)
        if following is None or is_set:
            return
        position = following.end()


def _is_cookie(name: str, value: str) -> bool:
    if is_harmless(value.strip('"')) or len(value) < 6:
        return False
    return judge(name) is not None or is_opaque(value)
