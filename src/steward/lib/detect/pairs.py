"""Find secrets that stand behind their name: `NAME=value`, `name: value`, in quotes, JSON in logs, XML, arrays of code.

1. A word of `ROOTS` is met; the name around it is read and judged.
2. What stands between name and value tells which form it is, and with it where the value ends.
3. The value is judged by the weight of the name.
"""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.names import Named, Weight, judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_drawn, is_harmless, is_secret

ROOTS = triggers(
    "pass", "pwd", "pw=", "pw:", "pw ", "pw\"", "pw'", "secret", "token", "key", "cred", "auth", "cookie", "session",
    "sessid", "sid=", "sid:", "sid\"", "sid'", "psk", "otp", "pin=", "pin:", "pin\"", "pin'", "puk", "communit", "salt",
    "seed", "mnemonic", "sig=", "sig\"", "ticket", "jwt", "bearer", "hook", "csrf", "xsrf", "kennwort", "wachtwoord", "saml", "assertion", "appid",
    "contrasena", "motdepasse", "senha", "code", "hash",
)  # fmt: skip
_REACH = 64
_LONGEST = 4096
_NAME_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_NAME_END = re.compile(r"[\w.-]{0,64}", re.ASCII)
_BETWEEN = re.compile(
    r"""
      (?P<close>\\{0,7}["'`]|%22|&quot;)?[\])]{0,4}[*]{0,2}    # the end of a quoted name
      (?:
          (?P<arrow>\s{0,8}=>\s{0,8})
        | (?:[ \t]\([\w -]{1,20}\))?[ \t]{0,40}(?P<sep>:=|\?=|\+=|==?|:(?!:|//)|%3[ADad])[*]{0,2}(?P<gap>[ \t]{0,40})
        | (?P<define>\s{0,4},\s{0,40})(?=["'])             # define('NAME', 'value')
        | (?P<tag>(?:\s[^<>\n]{0,300})?>(?:\s{0,80}<(?:[Vv]alue|[Ss]tring|[Pp]laintext)>)?) # <name>value</name>, <name a="b">value</name>
        | (?P<next></key>\s{0,80}<(?:string|data)>)                # <key>name</key><string>value</string>
      )
    """,
    re.VERBOSE,
)
_TYPED = re.compile(r"[ \t]{0,80}(?:str|string|String|SecretStr|bytes)?[ \t]{0,80}=[ \t]{0,80}(?=[\"'])")
_QUOTE = re.compile(r"[bruf]{0,2}(\\{0,7})([\"'`])|%22|&quot;")
_BARE = {
    "word": re.compile(r"[^\s\"'`<>]{1,4096}"),
    "query": re.compile(r"(?:[^\s\"'`<>&#;?]|\?(?![\w.-]{1,40}=)){1,4096}"),
    "flow": re.compile(r"[^\s\"'`<>,}\]]{1,4096}"),
    "fields": re.compile(r"[^\s\"'`<>,;|]{1,4096}"),
    "line": re.compile(r"[^\n\r]{1,4096}"),
    "tag": re.compile(r"\s{0,8}([^<>]{1,4096}?)\s{0,8}</"),
}
_DEFAULT = re.compile(r"[-=](?P<value>[^}\s\"']{3,500})\}")
_DEFINES = re.compile(r"(?:define|setenv|putenv|env|set|put|option|config)\(\s{0,4}\\?[\"']$")
_BLOCK = frozenset({"|", ">", "|-", ">-", "|+", ">+", "{", "["})
_SPACED = re.compile(r"[A-Za-z0-9]{2,64}(?: [A-Za-z0-9]{2,64}){1,5}[ \t]{0,80}(?:\r?\n|$)")
"""A value of words, as a file of variables may have it without quotes."""
_COMMENT = re.compile(r"[ \t]{1,80}[#;].{0,4096}$|[ \t]{1,80}//[ \t].{0,4096}$")
_ANCHORED = re.compile(
    r"[\s>|$#]{0,500}(?:-[ \t]{1,80}|\*[ \t]{1,80}|export[ \t]{1,80}|set[ \t]{1,80}|Environment=|ENV[ \t]{1,80}|[+-])?[\"']?$"
)


def spans(text: Text) -> Iterator[Span]:
    """Yield what stands behind a name that says it is secret."""
    judged: dict[str, Named | None] = {}
    done = 0
    for place in text.named(ROOTS, least=Weight.WEAK, is_before_sign=True):
        if place < done:
            continue
        start = _name_start(text.text, place, done)
        end = _NAME_END.match(text.text, place).end()  # pyright: ignore[reportOptionalMemberAccess] - matches empty too
        done = end
        between = _BETWEEN.match(text.text, end)
        if between is None:
            continue
        name = text.text[start:end]
        if name not in judged:
            judged[name] = judge(name)
        named = judged[name]
        if named is None:
            continue
        if between["sep"] == "==" and text.text[start - 1 : start] in {"/", "+"}:
            continue  # the end of base64 text
        if text.text[start - 1 : start] == "^" or text.text[start - 1 : start] == between["sep"] == ":":
            continue  # a pattern, or one of a list of ciphers
        if between["sep"] and text.text[max(0, start - 2) : start] == "${":
            yield from _default(text.text, between, named)
            continue
        found = _value(text, start, between)
        if found is not None and (
            _is_secret(value := text.text[found[0] : found[1]], named)
            or (text.text[found[0] - 1] in "\"'" and is_drawn(value))
        ):
            yield Span(*found, named.kind)
            done = found[1]


def _name_start(text: str, place: int, floor: int) -> int:
    head = text[max(floor, place - _REACH) : place]
    return place - (len(head) - len(head.rstrip(_NAME_CHARS)))


def _is_secret(value: str, named: Named) -> bool:
    if named.kind == "cookie" and "=" in value:
        return False  # `headers` reads them
    if named.kind == "pin":
        return bool(re.fullmatch(r"\d{4,12}|\d{3}-\d{2,3}-\d{3}", value))
    if named.kind == "password-hash":
        return len(value) >= 16 and not is_harmless(value)
    if named.kind == "code":
        return any(char.isdigit() for char in value) and 4 <= len(value) <= 64 and not is_harmless(value)
    return is_secret(value, named.weight)


def _default(text: str, between: re.Match[str], named: Named) -> Iterator[Span]:
    """Yield the default in `${NAME:-default}`; a plain word there is one that everybody knows."""
    match = _DEFAULT.match(text, between.end())
    if match and is_secret(match["value"], min(named.weight, Weight.LIKELY)):
        yield Span(*match.span("value"), named.kind)


def _value(text: Text, start: int, between: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value behind a name stands."""
    at = between.end()
    if between["next"]:
        inside = _BARE["tag"].match(text.text, at)
        return inside.span(1) if inside and text.text[max(0, start - 5) : start].endswith(">") else None
    if between["tag"]:
        inside = _BARE["tag"].match(text.text, at)
        return inside.span(1) if inside and text.text[start - 1 : start] in {"<", ":"} else None
    if between["define"] and not _DEFINES.search(text.text, max(0, start - 24), start):
        return None
    if between["sep"] == ":" and (typed := _TYPED.match(text.text, at)):
        at = typed.end()
    if between["close"] and between["sep"] and not between["gap"]:
        at += len(text.text[at : at + 200]) - len(text.text[at : at + 200].lstrip())
    return quoted(text.text, at) or _bare(text, start, between, at)


def quoted(text: str, at: int) -> tuple[int, int] | None:
    """Return where the inside of a quoted value stands that begins here, with escaped quotes inside, or None."""
    quote = _QUOTE.match(text, at)
    if quote is None:
        return None
    closing = quote.group().lstrip("bruf")
    inside = quote.end()
    end = text.find(closing, inside, inside + _LONGEST)
    while end > inside and "\\" not in closing and _is_escaped(text, inside, end):
        end = text.find(closing, end + 1, inside + _LONGEST)
    if end < 0 or ("\n" in text[inside:end] and closing != "`"):
        return None
    return inside, end


def _is_escaped(text: str, floor: int, at: int) -> bool:
    before = text[max(floor, at - 16) : at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _bare(text: Text, start: int, between: re.Match[str], at: int) -> tuple[int, int] | None:
    """Return where a value without quotes stands: to the end of the line, of the word or of the field."""
    before = text.text[max(0, start - 1) : start]
    if before in {'"', "'"} and between["close"] is None and (between["sep"] or "").endswith("="):
        return _to_quote(text.text, at, before)
    form = _form(text, start, between, before)
    found = _BARE[form].match(text.text, at)
    if found is None:
        return None
    value = found.group()
    if form == "line":
        value = _COMMENT.sub("", value).rstrip().rstrip(",;")
        value = "" if value in _BLOCK else value
    elif form != "word":
        value = value.rstrip(",;)]}.\\" if value.count(":") > 1 else ",;)]}.:\\")
    return (at, at + len(value)) if value else None


def _form(text: Text, start: int, between: re.Match[str], before: str) -> str:
    separator = between["sep"] or ""
    lead = _ANCHORED.match(text.text, text.line_start(start, 200), start)
    if before in {"?", "&"}:
        return "query"
    if lead and between["close"] is None:
        is_item = "-" in lead.group()
        if "Environment" in lead.group():
            return "word"
        if between["gap"] or separator.startswith(":") or is_item:
            return "line"
        return "line" if _SPACED.match(text.text, between.end()) else "word"
    return "flow" if separator == ":" or before in {"{", "("} else "fields"


def _to_quote(text: str, at: int, quote: str) -> tuple[int, int] | None:
    """Return a value that ends where the quotes around the whole pair end."""
    end = text.find(quote, at, at + _LONGEST)
    value = text[at:end].rstrip("\\") if end >= 0 else ""
    return (at, at + len(value)) if value and "\n" not in value else None
