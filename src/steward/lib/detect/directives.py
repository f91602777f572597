"""Find secrets in lines of configuration where only spaces part name and value: `requirepass x`, `rocommunity x`, SQL."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.names import Weight, judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import LINE_START, Text, Triggers, beginnings, triggers
from steward.lib.detect.values import is_harmless, is_mixed, is_opaque, is_random, is_secret

_VALUE = r"(?P<value>\"[^\"\n]{1,500}\"|'[^'\n]{1,500}'|[^\s\"';]{1,500})"
_LINES: tuple[tuple[str, str, str], ...] = (
    ("snmp-community", "community", r"^\s{0,80}(?:ro|rw)community6?\s{1,80}" + _VALUE),
    ("snmp-community", "community", r"\bsnmp(?:-server|-agent)?\s{1,80}community\s{1,80}(?:read\s{1,80}|write\s{1,80}|cipher\s{1,80}|\d\s{1,80})?" + _VALUE),
    ("snmp-community", "com2sec", r"^\s{0,80}com2sec6?\s{1,80}(?:-Cn\s{1,80}\S{1,253}\s{1,80})?\S{1,253}\s{1,80}\S{1,253}\s{1,80}" + _VALUE),
    ("snmp-community", "trap", r"^\s{0,80}(?:trapsink|trap2sink|informsink|trapcommunity)\s{1,80}(?:\S{1,253}\s{1,80})?" + _VALUE + r"\s{0,80}$"),
    ("password", "createuser", r"\bcreateUser\s{1,80}(?:-e\s{1,80}\S{1,253}\s{1,80})?\S{1,253}\s{1,80}(?:MD5|SHA[-\d]{0,500})\s{1,80}" + _VALUE),
    ("password", "createuser", r"\bcreateUser\s{1,80}(?:-e\s{1,80}\S{1,253}\s{1,80})?\S{1,253}\s{1,80}(?:MD5|SHA[-\d]{0,500})\s{1,80}(?:\"[^\"\n]{0,500}\"|\S{1,253})\s{1,80}(?:AES\S{0,80}|DES)\s{1,80}" + _VALUE),
    ("password", "requirepass", r"^\s{0,80}(?:\S{1,253}\s)?requirepass\s{1,80}" + _VALUE),
    ("password", "masterauth", r"^\s{0,80}masterauth\s{1,80}" + _VALUE),
    ("password", "acl setuser", r"\bACL\s{1,80}SETUSER\s[^\n]{0,200}?\s[>#](?P<value>[^\s]{3,200})"),
    *(("password", sign, r"^\s{0,80}user\s{1,80}[\w.-]{1,64}\s{1,80}(?:on|off)\s[^\n]{0,100}?[>#](?P<value>[^\s]{3,200})") for sign in (" on >", " off >", " on #", " ~* ", " +@")),
    ("password", "identified", r"\bIDENTIFIED\s{1,80}(?:WITH\s{1,80}[\w']{1,40}\s{1,80})?(?:BY|AS|VIA\s{1,80}\w{1,80}\s{1,80}USING)\s{1,80}(?:PASSWORD\s{1,80})?(?:PASSWORD\s{0,80}\(\s{0,80})?(?P<value>'[^'\n]{1,500}'|\"[^\"\n]{1,500}\"|[^\s;'\"]{1,200})"),
    ("password", "password", r"\b(?:ENCRYPTED\s{1,80}|UNENCRYPTED\s{1,80}|WITH\s{1,80}|USING\s{1,80})PASSWORD\s{0,80}=?\s{1,80}(?P<value>'[^'\n]{1,500}'|\"[^\"\n]{1,500}\")"),
    ("password", "password", r"\bPASSWORD\s{0,80}(?:=|\()?\s{0,80}(?P<value>'[^'\n]{1,500}')"),
    ("password", "set password", r"\bSET\s{1,80}PASSWORD\s{1,80}(?:FOR\s{1,80}\S{1,253}\s{1,80})?=\s{0,80}(?:PASSWORD\s{0,80}\(\s{0,80})?(?P<value>'[^'\n]{1,500}')"),
    ("password", "stats auth", r"^\s{0,80}stats\s{1,80}auth\s{1,80}[^\s:]{1,64}:(?P<value>\S{1,200})"),
    ("password", "insecure-password", r"\binsecure-password\s{1,80}" + _VALUE),
    ("password", "auth_pass", r"^\s{0,80}auth_pass\s{1,80}" + _VALUE),
    ("password", "monitor ", r"^\s{0,80}MONITOR\s{1,80}\S{1,253}\s{1,80}\d{1,80}\s{1,80}\S{1,253}\s{1,80}" + _VALUE + r"\s{1,80}(?:master|slave|primary|secondary)"),
    ("password", "cachepeer", r"\blogin=[^\s:]{1,64}:(?P<value>\S{1,200})"),
    ("password", "*", r"^\s{0,80}\"?[\w@.*-]{1,64}\"?\s{1,80}(?:\*|\"?[\w.-]{1,64}\"?)\s{1,80}\"?(?P<value>[^\s\"]{3,200})\"?\s{1,80}\*\s{0,80}$"),
    *(("password", sign, r"^\s{0,80}\[[\w.-]{3,253}\](?::\w{1,8})?\s{1,80}[^\s:]{1,128}:(?P<value>\S{3,200})\s{0,80}$") for sign in ("]:587", "smtp")),
    ("password", "smtp", r"^\s{0,80}[\w.-]{3,253}(?::\d{1,5})?\s{1,80}[^\s:/]{1,128}@[^\s:]{1,128}:(?P<value>\S{3,200})\s{0,80}$"),
    ("password", "username ", r"^\s{0,80}username\s{1,80}\S{1,64}\s{1,80}(?:privilege\s{1,80}\d{1,80}\s{1,80})?(?:password|secret)\s{1,80}(?:\d\s{1,80})?" + _VALUE),
    ("password", "enable ", r"^\s{0,80}enable\s{1,80}(?:password|secret)\s{1,80}(?:level\s{1,80}\d{1,80}\s{1,80})?(?:\d\s{1,80})?" + _VALUE),
    ("password", "neighbor ", r"\bneighbor\s{1,80}\S{1,64}\s{1,80}password\s{1,80}(?:\d\s{1,80})?" + _VALUE),
    ("password", "key-string", r"^\s{0,80}key-string\s{1,80}(?:\d\s{1,80})?" + _VALUE),
    ("password", "-key", r"\b(?:message-digest-key\s{1,80}\d{1,80}\s{1,80}md5|authentication-key(?:\s{1,80}\d{1,80}\s{1,80}\w{1,80})?|pre-shared-key(?:\s{1,80}(?:local|remote|ascii-text))?|crypto\s{1,80}isakmp\s{1,80}key|radius-server\s{1,80}key|server-key)\s{1,80}(?:\d\s{1,80})?" + _VALUE),
    ("password", "isakmp", r"\bcrypto\s{1,80}isakmp\s{1,80}key\s{1,80}(?:\d\s{1,80})?" + _VALUE),
    ("password", "-password", r"\b(?:plaintext-password|encrypted-password|wpa-passphrase|passphrase|pre-shared-secret|shared-secret)\s{1,80}" + _VALUE),
    ("wifi-password", "option key", r"^\s{0,80}option\s{1,80}(?:key|key\d|sae_password|auth_secret|wpakey|password|passwd|psk|private_key|preshared_key|secret|token|api_key)\s{1,80}" + _VALUE),
    ("password", "option ", r"^\s{0,80}option\s{1,80}(?:\w{0,80}pass\w{0,80}|\w{0,80}secret\w{0,80}|\w{0,80}psk\w{0,80}|\w{0,80}token|private_key|preshared_key|\w{0,80}_key)\s{1,80}" + _VALUE),
    ("wifi-password", "wpa-psk", r"^\s{0,80}wpa-(?:psk|passphrase|password)\s{1,80}" + _VALUE),
    ("wifi-password", "wireless-key", r"^\s{0,80}wireless-key\s{1,80}" + _VALUE),
    ("password", "psk", r":\s{0,80}PSK\s{1,80}(?P<value>\"[^\"\n]{1,500}\"|0[xs][\w+/=]{4,200})"),
    *(("password", trigger, r"^[^\n]{0,100}:\s{1,80}(?:EAP|XAUTH|PSK|NTLM|PIN)\s{1,80}(?P<value>\"[^\"\n]{1,500}\"|0[xs][\w+/=]{4,200})") for trigger in ("xauth", ": eap", ": ntlm", ": pin")),
    ("password", "poll ", r"\b(?:password|pass)\s{1,80}(?P<value>\"[^\"\n]{1,500}\"|'[^'\n]{1,500}'|\S{3,200})"),
    ("password", "ipmi", r"\buser\s{1,80}set\s{1,80}password\s{1,80}\d{1,3}\s{1,80}" + _VALUE),
    ("password", "net user", r"\bnet\s{1,80}user\s{1,80}[^\s/]{1,64}\s{1,80}(?P<value>[^\s/]{3,200})"),
    ("password", "auth ", r"^\s{0,80}(?:[<>]\s{0,80})?AUTH\s{1,80}(?:PLAIN\s{1,80}|LOGIN\s{1,80})?(?P<value>(?:[\w-]{1,64}\s{1,80})?[^\s\"]{6,500})\s{0,80}$"),
    ("password", "pass ", r"^\s{0,80}(?:[<>]\s{0,80})?PASS\s{1,80}(?P<value>\S{3,200})\s{0,80}$"),
    ("password", " login ", r"^\s{0,80}(?:[<>]\s{0,80})?\w{1,8}\s{1,80}LOGIN\s{1,80}\S{1,128}\s{1,80}(?P<value>\"[^\"\n]{1,300}\"|\S{3,200})\s{0,80}$"),
    ("password", "nickserv", r"\b(?:NickServ|NS)\s{1,80}:?identify\s{1,80}(?:\S{1,32}\s{1,80})?(?P<value>\S{4,200})"),
    ("password", "-server key", r"\b(?:radius|tacacs)-server\s{1,80}key\s{1,80}(?:\d\s{1,80})?" + _VALUE),
    ("password", "net use ", r"\bnet\s{1,80}use\s[^\n]{0,200}?/user:\S{1,64}\s{1,80}(?P<value>[^\s/]{3,200})"),
    ("password", "net use ", r"\bnet\s{1,80}use\s[^\n]{0,200}?\s(?P<value>[^\s/\\:*]{3,200})\s{1,80}/user:"),
    ("wifi-password", "wifi:", r"\bWIFI:(?:[A-OQ-Z]:[^;\n]{0,100};){0,6}P:(?P<value>(?:\\.|[^;\n\\]){4,128});"),
    ("key", "dns ", r"^\s{0,80}(?:acme_)?dns\s{1,80}[a-z]\w{2,30}\s{1,80}(?P<value>[\w-]{16,200})\s{0,80}$"),
    ("private-key", "ed25519 a_", r"^\s{0,80}ed25519\s{1,80}a_\w{1,20}\s{1,80}(?P<value>[\w+/-]{43}=?)\s{0,80}$"),
    ("password", "send ", r"\bsend(?:_user)?\s{1,80}(?:--\s{1,80})?\"(?P<value>[^\"\n\\]{4,200})\\[rn]\""),
    ("password", "jdbc:oracle", r"\bthin:[\w.$#-]{1,64}/(?P<value>[^\s@\"'/]{3,128})@"),
    ("password", "sqlplus", r"\bsqlplus\s[^\n]{0,80}?[\w.$#-]{1,64}/(?P<value>[^\s@\"'/]{3,128})@"),
    ("password", "login ", r"^\s{0,80}login\s{1,80}[\w.-]{1,64}\s{1,80}(?P<value>[^\s\"':/]{6,64})\s{0,80}$"),
    *(("password", sign, r"(?:login|upsert|add[-_]?user|create|signin|connect)\s(?:[^\n]{0,60}?\s)??[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}\s{1,8}" + _VALUE + r"\s{0,80}$") for sign in ("login ", "upsert ", "adduser ", "superuser ", "-user ", "create ")),
    ("password", "secret,", r"-object\s{1,8}[\"']?secret,[^\s\"']{0,100}?\bdata=(?P<value>[^\s,\"']{3,500})"),
    ("password", "/rp ", r"\s/rp\s{1,8}" + _VALUE),
    ("password", "command", r"(?:pass\w{0,12}|secret|token)[\w-]{0,20}-?(?:command|cmd)[= \t]{1,4}[\"'<(]{0,3}\s{0,4}(?:echo|printf)\s{1,4}" + _VALUE.replace(r"\"';", r"\"';)")),
    ("password", "-file", r"(?:pass\w{0,12}|secret|token)[\w-]{0,20}-?file[= \t]{1,4}<\(\s{0,4}(?:echo|printf)\s{1,4}" + _VALUE.replace(r"\"';", r"\"';)")),
    ("key", "shared_secret", r"\bshared_secret\s{1,80}" + _VALUE),
    ("basic-auth", "basicauth", r"^\s{0,80}basic_?auth\s[^\n]{0,500}\n(?:\s{0,80}\S{1,253}\s{1,80}(?P<value>\S{20,200}))"),
)  # fmt: skip


_AT_START = frozenset({"pass ", "poll "})


def _compiled() -> tuple[tuple[str, Triggers, tuple[tuple[str, re.Pattern[str]], ...]], ...]:
    by_trigger: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for kind, trigger, pattern in _LINES:
        begun = pattern.replace(r"^\s{0,80}", LINE_START, 1) if trigger not in _AT_START else pattern
        by_trigger.setdefault(trigger, []).append((kind, re.compile(begun, re.IGNORECASE | re.MULTILINE)))
    return tuple((trigger, triggers(trigger), tuple(patterns)) for trigger, patterns in by_trigger.items())


_COMPILED = _compiled()
_TRIGGERS = triggers(*(trigger for trigger, _, _ in _COMPILED))
_SIMPLE = re.compile(
    r"[ \t]{0,80}(?P<name>(?:set[ \t]{1,8}(?:[\w.-]{1,60}[ \t]{1,8}){0,5}?)?[A-Za-z][\w.-]{2,60}(?:[ \t]{1,8}[A-Za-z][\w.-]{1,60}){0,3}?)(?:[ \t]{1,8}--?[a-z][\w-]{0,30}){0,2}"
    r"(?:[ \t]{1,8}(?:ENC|encrypted|plaintext|cleartext|sha512|md5|\d{1,2}))?[ \t]{1,80}"
    r"(?P<value>\"[^\"\n]{1,500}\"|'[^'\n]{1,500}'|[^\s\"'=:{}(\[<>|;,-][^\s\"'{}()\[\]<>;]{2,500})[ \t]{0,80};?[ \t]{0,80}\}{0,3}[ \t]{0,8}(?:#.{0,500})?$",
    re.MULTILINE,
)
_ROOTS = triggers("pass", "secret", "token", "key", "pwd", "psk", "pw ")
_LINE = 2000
_NEEDS_OPAQUE = frozenset(
    {
        "login ",
        "upsert ",
        "adduser ",
        "superuser ",
        "-user ",
        "create ",
        "dns ",
        "send ",
        "auth ",
        "*",
        "poll ",
        "pass ",
        "net user",
        " login ",
    }
)


def spans(text: Text) -> Iterator[Span]:
    """Yield values of directives whose form is known, and of `name value` lines whose name is plainly secret."""
    hinted = set(text.hinted(_TRIGGERS))
    for trigger, looked_for, patterns in _COMPILED:
        if trigger not in hinted:
            continue
        places = text.places(looked_for)
        if trigger == "*":  # an address that is any: of interest only at the end of a line
            places = [place for place in places if text.text[place + 1 : place + 2] in {"", "\n", "\r"}]
        for start, end in text.lines(places, _LINE):
            for kind, pattern in patterns:
                for match in pattern.finditer(text.text, start, end):
                    yield from _judge(text.text, match, kind, trigger)
    for start, end in text.lines(text.named(_ROOTS, least=Weight.WEAK, is_before_sign=False), _LINE):
        yield from _simple(text.text, start, end)


def _simple(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the value of a line of a name and a value, at its start or behind the prefix of a log."""
    for begin in beginnings(text, start, end):
        match = _SIMPLE.match(text, begin, end)
        named = judge(match["name"]) if match else None
        if match and named and named.weight is not Weight.WEAK:
            value = _inside(text, *match.span("value"))
            said = text[slice(*value)]
            is_one_word = len(match["name"].split()) == 1
            is_quoted = value[0] != match.start("value") and is_one_word
            if is_secret(said, named.weight) and (
                is_quoted
                or (is_opaque(said) and (is_one_word or (is_mixed(said) and ("/" not in said or is_random(said)))))
            ):
                yield Span(*value, named.kind)
                return


def _judge(text: str, match: re.Match[str], kind: str, trigger: str) -> Iterator[Span]:
    start, end = _inside(text, *match.span("value"))
    value = text[start:end]
    if trigger == "send " and "assword" not in text[max(0, match.start() - 200) : match.start()]:
        return
    if len(value) >= 3 and not is_harmless(value) and (trigger not in _NEEDS_OPAQUE or is_opaque(value.split()[-1])):
        yield Span(start, end, kind)


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    if end - start >= 2 and text[start] in "\"'" and text[end - 1] == text[start]:
        return start + 1, end - 1
    return start, end
