"""Find secrets on command lines: `--password x`, `mysql -px`, `curl -u user:x`, `echo x | sudo -S`, `chap user * x`.

1. `--name value` and `-name value` are judged by the name, whatever the program; `--name=value` is a pair like others.
2. Short options mean something only with their program: a table says which.
3. Some programs take the secret as a plain word, or from the program before them in a pipe.
"""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from steward.lib.detect.names import Weight, judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless, is_mixed, is_secret

_LONG = re.compile(
    r"(?<![\w-])--?(?P<name>[A-Za-z][\w.-]{2,60})(?P<gap>[ \t]{1,8}|[\"'],[ \t]{0,4}(?=[\"']))(?P<value>\"[^\"\n]{1,2000}\"|'[^'\n]{1,2000}'|[^\s\"'|;&<>-][^\s\"'|;<>]{0,2000})"
)
_DASHES = triggers("--", "-pass", "-pw", "-secret", "-token", "-key", "-auth", "-psk")
_WORD = re.compile(r"\$?\"(?:[^\"\\\n]|\\.){0,2000}\"|\$?'[^'\n]{0,2000}'|(?:[^\s\"'|;&<>\\]|\\.){1,2000}|[|;&<>]")


class _Program(NamedTuple):
    """What one program takes as a secret."""

    joined: str = ""
    """Short options with the secret joined: `-pSECRET`."""
    apart: str = ""
    """Options with the secret as the next word, or joined by `=`."""
    user: str = ""
    """Options with `user:secret` (or `user%secret`)."""
    needs: str = ""
    """A word without which none of this holds: `-p` is a secret of `docker login` only."""
    plain: tuple[tuple[str, int], ...] = ()
    """Words of its own before the secret, and how many words after them it stands."""


_MYSQL = _Program(joined="-p")
_SNMP = _Program(apart="-c -A -X", joined="-c")
_CURL = _Program(
    user="-u -U --user --proxy-user",
    apart="--pass --proxy-pass --oauth2-bearer --key-pass --tlspassword --proxy-tlspassword",
)
_ZIP = _Program(apart="-P -p --password", joined="-p")
_SMB = _Program(user="-U --user --password-user", apart="--password")
_REDIS = _Program(apart="-a --pass")
_LDAP = _Program(apart="-w -s -a -e_", joined="-w")
_OPENSSL = _Program(user="-pass -passin -passout", apart="-k -K -password")
_PROGRAMS: dict[str, _Program] = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "mariadb-admin", "mysqlcheck", "mysqlimport", "mysqlshow", "mysqlsh", "xtrabackup", "mariabackup"), _MYSQL),
    **dict.fromkeys(("sshpass", "proxytunnel"), _Program(joined="-p", apart="-p")),
    **dict.fromkeys(("curl", "curlie", "aria2c"), _CURL),
    **dict.fromkeys(("http", "https", "xh", "httpie"), _Program(user="-a --auth")),
    **dict.fromkeys(("snmpwalk", "snmpget", "snmpset", "snmpbulkwalk", "snmpbulkget", "snmpgetnext", "snmptrap", "snmpinform", "snmpstatus", "snmptable", "snmpdf", "snmptest"), _SNMP), **dict.fromkeys(("check_snmp", "check_snmp_int", "check_ifstatus"), _Program(apart="-C -A -X -P")),
    **dict.fromkeys(("smbclient", "rpcclient", "smbget", "smbmap", "wmic", "winexe", "psexec.py", "net"), _SMB),
    **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), _REDIS),
    **dict.fromkeys(("ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd", "ldapcompare"), _LDAP),
    **dict.fromkeys(("zip", "unzip", "7z", "7za", "7zz", "rar", "unrar", "p7zip", "zipcloak"), _ZIP),
    "openssl": _OPENSSL,
    "docker": _Program(apart="-p", needs="login"), "podman": _Program(apart="-p", needs="login"), "nerdctl": _Program(apart="-p", needs="login"), "helm": _Program(), "skopeo": _Program(user="--creds --src-creds --dest-creds"),
    "buildah": _Program(user="--creds"), "crane": _Program(apart="-p", needs="login"), "oras": _Program(apart="-p", needs="login"), "regctl": _Program(apart="-p", needs="login"),
    "az": _Program(apart="-p", needs="login"), "oc": _Program(apart="-p", needs="login"), "argocd": _Program(),
    "mosquitto_pub": _Program(apart="-P --pw"), "mosquitto_sub": _Program(apart="-P --pw"), "mosquitto_rr": _Program(apart="-P --pw"),
    "mosquitto_passwd": _Program(apart="", plain=(("-b", 3),)), "mqttx": _Program(apart="-P"),
    "htpasswd": _Program(plain=(("-b", 3), ("-bB", 3), ("-Bb", 3), ("-cb", 3), ("-bc", 3), ("-bcB", 3), ("-cbB", 3), ("-cBb", 3), ("-Bbc", 3), ("-Bcb", 3), ("-bBc", 3), ("-nb", 2), ("-bn", 2), ("-nbB", 2), ("-Bbn", 2), ("-bnB", 2), ("-nBb", 2), ("-Bnb", 2), ("-bnBC", 3), ("-bm", 3), ("-nbm", 2))),
    "ipmitool": _Program(apart="-P -k"), "ipmi-sensors": _Program(apart="-p"), "ipmipower": _Program(apart="-p"),
    "wpa_passphrase": _Program(plain=(("", 2),)), "radtest": _Program(plain=(("", 2), ("", 5))), "oathtool": _Program(apart="-b --base32", plain=(("-b", 1), ("--base32", 1))), "b2": _Program(plain=(("authorize-account", 2), ("authorize", 2))), "mcrcon": _Program(apart="-p"), "rcon-cli": _Program(apart="-p"), "rcon": _Program(apart="-p"),
    "nsupdate": _Program(user="-y"), "dig": _Program(user="-y"), "nmcli": _Program(plain=(("password", 1), ("psk", 1), ("802-11-wireless-security.psk", 1), ("wifi-sec.psk", 1), ("vpn.secrets", 1))),
    "iwconfig": _Program(plain=(("key", 1),)), "iw": _Program(plain=(("key", 1),)), "iwctl": _Program(apart="-P"),
    "vncviewer": _Program(), "x11vnc": _Program(apart="-passwd -viewpasswd"), "vncpasswd": _Program(),
    "rdesktop": _Program(apart="-p", joined="-p"), "xfreerdp": _Program(joined="/p: /gp:", apart="-p"), "wlfreerdp": _Program(joined="/p:"), "sdl-freerdp": _Program(joined="/p:"),
    "ftp": _Program(), "lftp": _Program(user="-u --user"), "ncftp": _Program(apart="-p"), "ncftpput": _Program(apart="-p"), "wput": _Program(), "sftp": _Program(),
    "mongo": _Program(apart="-p", joined="-p"), "mongosh": _Program(apart="-p", joined="-p"), "mongodump": _Program(apart="-p", joined="-p"), "mongorestore": _Program(apart="-p", joined="-p"), "mongoexport": _Program(apart="-p"),
    "influx": _Program(apart="-t -p"), "clickhouse-client": _Program(), "cqlsh": _Program(apart="-p"), "sqlcmd": _Program(apart="-P", joined="-P"), "bcp": _Program(apart="-P"), "tsql": _Program(apart="-P"), "isql": _Program(), "sqlplus": _Program(),
    "usermod": _Program(apart="-p"), "useradd": _Program(apart="-p"), "kadmin": _Program(apart="-pw -w"), "adduser": _Program(),
    "cryptsetup": _Program(), "zenity": _Program(), "gpg": _Program(), "gpg2": _Program(), "age": _Program(), "keytool": _Program(apart="-storepass -keypass -srcstorepass -deststorepass"), "jarsigner": _Program(apart="-storepass -keypass"),
    "rclone": _Program(plain=(("obscure", 1), ("reveal", 1), ("pass", 1), ("password", 1), ("password2", 1))), "restic": _Program(), "borg": _Program(), "duplicity": _Program(), "kopia": _Program(apart="-p"),
    "mc": _Program(plain=(("set", 4), ("add", 4))), "mcli": _Program(plain=(("set", 4), ("add", 4))), "s3cmd": _Program(), "aws": _Program(plain=(("aws_secret_access_key", 1), ("aws_session_token", 1), ("aws_access_key_id", 1))),
    "vault": _Program(plain=(("login", 1), ("unseal", 1), ("unwrap", 1))), "bao": _Program(plain=(("login", 1), ("unseal", 1), ("unwrap", 1))),
    "zerotier-cli": _Program(), "tailscale": _Program(), "cloudflared": _Program(plain=(("install", 1),)), "netbird": _Program(apart="-k"), "wg": _Program(),
    "upsmon": _Program(), "upscmd": _Program(apart="-p"), "upsrw": _Program(apart="-p"), "ncat": _Program(), "socat": _Program(),
    "gh": _Program(), "glab": _Program(apart="-t"), "hub": _Program(), "ngrok": _Program(plain=(("authtoken", 1), ("add-authtoken", 1))), "bw": _Program(plain=(("unlock", 1),)), "op": _Program(),
    "npm": _Program(), "twine": _Program(apart="-p"), "poetry": _Program(plain=(("pypi-token.pypi", 1),)), "cargo": _Program(plain=(("login", 1),)), "gem": _Program(),
    "wget": _Program(), "wget2": _Program(), "kinit": _Program(), "nats": _Program(), "rabbitmqctl": _Program(plain=(("add_user", 2), ("change_password", 2), ("authenticate_user", 2))), "rabbitmqadmin": _Program(apart="-p"),
    "occ": _Program(), "ntfy": _Program(apart="-u_", user="-u --user"), "pveum": _Program(), "pct": _Program(), "qm": _Program(), "samba-tool": _Program(apart="--adminpass --newpassword", plain=(("create", 2), ("add", 2))),
    "smbpasswd": _Program(), "pdbedit": _Program(), "iscsiadm": _Program(), "racadm": _Program(apart="-p"), "ssh-keygen": _Program(apart="-N -P"), "puttygen": _Program(), "certutil": _Program(apart="-p"), "pk12util": _Program(apart="-W -K"),
    "snmpusm": _Program(apart="-A -X -Ca -Cx"), "net-snmp-create-v3-user": _Program(apart="-A -X"), "pass": _Program(), "fetchmail": _Program(), "swaks": _Program(apart="-ap --auth-password"), "sendemail": _Program(apart="-xp"), "msmtp": _Program(), "mutt": _Program(), "mailx": _Program(), "imapsync": _Program(apart="--password1 --password2"),
    "freeipa": _Program(apart="-p -w"), "ipa-client-install": _Program(apart="-w -p"), "realm": _Program(), "ktpass": _Program(apart="-pass"), "nxc": _Program(apart="-p"), "crackmapexec": _Program(apart="-p"), "hydra": _Program(apart="-p"), "evil-winrm": _Program(apart="-p"),
    "consul": _Program(), "nomad": _Program(), "etcdctl": _Program(user="--user"), "kubeadm": _Program(), "k3s": _Program(apart="-t"), "k3sup": _Program(), "rke2": _Program(), "talosctl": _Program(), "headscale": _Program(),
}  # fmt: skip
_NAMES = {name.encode(): name for name in _PROGRAMS}
_SAYERS = frozenset({b"echo", b"printf", b"print"})
_PIPED = re.compile(
    r"\b(?:echo|printf|print)\s{1,80}(?:-[neE]{1,3}\s{1,80}|-r\s{1,80}|'?%s(?:\\n)?'?\s{1,80}|\"%s(?:\\n)?\"\s{1,80}){0,3}"
    r"(?P<value>\"[^\"\n]{1,500}\"|'[^'\n]{1,500}'|[^\s\"'|;&<>]{1,500})[^|\n]{0,60}\|\s{0,80}(?:sudo\s{1,80}(?:-\w{1,80}\s{1,80}){0,3})?(?P<rest>[^\n|;]{1,200})"
)
_READS_SECRET = re.compile(
    r"^(?:\S{0,80}/)?(?:[\w.-]{1,40}\b[^|;]{0,100}?(?:pass\w{0,8}|pw|secret|token|key)-?(?:on-|from-)?stdin|cryptsetup|chpasswd|passwd\b.{0,80}--stdin|smbpasswd\b.{0,80}-s|docker\s{1,80}login|podman\s{1,80}login|helm\s{1,80}registry|gh\s{1,80}auth|glab\s{1,80}auth|kinit|"
    r"docker\s{1,80}secret|podman\s{1,80}secret|faillock_|gpg\b.{0,80}--passphrase-fd|openssl\b.{0,80}stdin|vncpasswd|x11vnc|zfs\s{1,80}(?:load-key|create|mount)|"
    r"bw\s{1,80}unlock|vault\s{1,80}login|wrangler\s{1,80}secret|flyctl\s{1,80}secrets|secret-tool\s{1,80}store|pass\s{1,80}insert|steward\s{1,80}secrets?|systemd-creds|"
    r"systemd-ask-password|keyctl\s{1,80}padd|borg\b|restic\b|skopeo\s{1,80}login|oras\s{1,80}login|crane\s{1,80}auth|dckr|chpass|ipa\b|kadmin|ecryptfs\S{0,80}|gocryptfs|mosquitto_passwd|"
    r"mkpasswd|htpasswd\b.{0,80}-i|argon2|su\b|sudo\b.{0,80}-S|-S\b|caddy\s{1,80}hash-password|age\b.{0,80}-p|wpa_passphrase|iwctl|dropbearkey|pppd|mysql\b.{0,80}-p|cloudflared|wg\s{1,80}(?:pubkey|set)|aws\s{1,80}ecr_|nmcli)"
)
_SUDO = re.compile(r"sudo\s{1,80}(?:-\w{1,20}\s{1,20}){0,5}-\w{0,80}S")
_USER_PASSWORD = re.compile(r"(?:hmac-\w{2,12}:[^:]{1,128}:|[^:%,]{0,128}[:%,])(?P<value>.{1,2000})", re.DOTALL)
_LINE = 4000


def spans(text: Text) -> Iterator[Span]:
    """Yield secrets given to programs as words."""
    done = 0
    for place in text.places(_DASHES):
        match = _LONG.match(text.text, place) if place >= done else None
        if match:
            yield from _long(text.text, match)
            done = match.end("name")
    yield from _programs(text)
    yield from _with_user(text)
    if "|" in text.text and text.words & _SAYERS:
        yield from _piped(text.text)
    if "<<<" in text.text:
        for match in _HERE.finditer(text.text):
            yield from _plain(text.text, *match.span("value"), "password")


_HERE = re.compile(
    r"(?:--stdin|-S|stdin|cryptsetup|passwd|password|login|secret|token)[^\n<|;]{0,100}<<<\s{0,80}(?P<value>\"[^\"\n]{1,500}\"|'[^'\n]{1,500}'|\S{1,500})"
)


def _long(text: str, match: re.Match[str]) -> Iterator[Span]:
    named = judge(match["name"])
    if text[match.start() + 1] != "-" and not match["name"].isalpha():  # `-pSECRET`, no name
        return
    if named is None or (named.weight is Weight.WEAK and match["name"] not in {"auth", "key"}):
        return
    start, end = _unquoted(text, *match.span("value"))
    value = text[start:end]
    if not value.count("[") and value.endswith(("]", ")")):  # of a usage: `[--token TOKEN]`
        value = value.rstrip("])")
        end = start + len(value)
    weight = Weight.SURE if text[match.start()] == "-" and named.weight is Weight.SURE else named.weight
    if is_secret(value, weight):
        yield Span(start, end, named.kind)


def _programs(text: Text) -> Iterator[Span]:
    places: list[tuple[int, str]] = []
    for name in (_NAMES[word] for word in _NAMES.keys() & text.words):
        at = text.lowered.find(name)
        while at >= 0:
            if _is_word(text.lowered, at, at + len(name)):
                places.append((at, name))
            at = text.lowered.find(name, at + len(name))
    places.sort()
    done = 0
    for at, name in places:
        if at >= done:
            words, done = _words(text, at + len(name))
            yield from _of_program(text.text, _PROGRAMS[name], words)


def _is_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (not before or before in " \t\n/`(;|&\"'=$[,>#") and (
        after in {" ", "\t"} or text[end : end + 2] in {'",', "',"}
    )


def _words(text: Text, at: int) -> tuple[list[tuple[int, int]], int]:
    """Return where the words after a program stand, up to the end of its command."""
    end = text.line_end(at, _LINE)
    if text.text[end - 1 : end] == "\\":
        end = text.line_end(min(end + 1, len(text.text)), _LINE)
    words: list[tuple[int, int]] = []
    for match in _WORD.finditer(text.text, at, end):
        if match.group() in {"|", ";"}:
            return words, match.end()
        if match.group() not in {",", "\\", "&", "<", ">"}:
            words.append(match.span())
    return words, end


def _of_program(text: str, program: _Program, words: list[tuple[int, int]]) -> Iterator[Span]:
    said = [text[slice(*_unquoted(text, *word))].rstrip("\"',") for word in words]
    if program.needs and program.needs not in said:
        return
    apart, user, joined = program.apart.split(), program.user.split(), program.joined.split()
    for index, word in enumerate(said):
        following = words[index + 1] if index + 1 < len(words) else None
        name, equals, _ = word.partition("=")
        if following and word in apart and not said[index + 1].startswith("-"):
            yield from _plain(text, *following, "password")
        elif following and word in user:
            yield from _user(text, *following)
        elif equals and name in (*apart, *user):
            start, end = _unquoted(text, *words[index])
            yield from (_user if name in user else _password)(text, start + len(name) + 1, end)
        for option in joined:
            if word.startswith(option) and len(word) > len(option) and not word.startswith("--"):
                start, end = _unquoted(text, *words[index])
                yield from _plain(text, start + len(option), end, "password")
    yield from _places(text, program, words, said)


def _places(text: str, program: _Program, words: list[tuple[int, int]], said: list[str]) -> Iterator[Span]:
    for lead, distance in program.plain:
        index = said.index(lead) if lead in said else (-1 if not lead else None)
        if index is not None and index + distance < len(words) and not said[index + distance].startswith("-"):
            yield from _plain(text, *words[index + distance], "password")


def _password(text: str, start: int, end: int) -> Iterator[Span]:
    yield from _plain(text, start, end, "password")


def _user(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the second half of `user:secret`."""
    start, end = _unquoted(text, start, end)
    halves = _USER_PASSWORD.fullmatch(text, start, end)
    if halves and not text[start:end].startswith(("file:", "env:", "fd:", "stdin", "http")):
        yield from _plain(text, halves.start("value"), end, "password")


def _plain(text: str, start: int, end: int, kind: str) -> Iterator[Span]:
    start, end = _unquoted(text, start, end)
    if end - start >= 3 and not is_harmless(text[start:end]):
        yield Span(start, end, kind)


def _unquoted(text: str, start: int, end: int) -> tuple[int, int]:
    if end - start >= 2 and text[start] == "$" and text[start + 1] in "\"'":
        start += 1
    if end - start >= 2 and text[start] in "\"'" and text[end - 1] == text[start]:
        return start + 1, end - 1
    return start, end


_SHORT = triggers(" -p ", " -pw ")
_SHORT_PASSWORD = re.compile(
    r" -(?:p|pw|P)[ \t]{1,4}(?P<value>\"[^\"\n]{4,200}\"|'[^'\n]{4,200}'|[^\s\"'|;&<>-][^\s\"'|;&<>]{4,200})"
)
_USER_OPTION = re.compile(
    r"\s(?:-(?:u|U|l|n|i|user)[ =]?|--(?:user|username|login|email|account)[ =])[\"']?[\w.@+\\-]{1,64}"
)


def _with_user(text: Text) -> Iterator[Span]:
    """Yield what stands behind `-p` of any program that is told a user too, unless it can be a port or a path."""
    for place in text.places(_SHORT):
        match = _SHORT_PASSWORD.match(text.text, place)
        if match is None:
            continue
        start, end = _unquoted(text.text, *match.span("value"))
        value = text.text[start:end]
        is_sure = match.group().startswith(" -pw") and not value.isdigit()
        if is_mixed(value) and "/" not in value and ":" not in value and is_secret(value, Weight.LIKELY):
            line = slice(text.line_start(place, 300), text.line_end(match.end(), 300))
            if is_sure or _USER_OPTION.search(text.text[line]):
                yield Span(start, end, "password")


def _piped(text: str) -> Iterator[Span]:
    for match in _PIPED.finditer(text):
        if _READS_SECRET.match(match["rest"].strip()) or _SUDO.search(match.group()):
            start, end = _unquoted(text, *match.span("value"))
            pair = re.compile(r"[\w.-]{1,64}:").match(text, start, end)
            yield from _plain(text, pair.end() if pair and "chpasswd" in match["rest"] else start, end, "password")
