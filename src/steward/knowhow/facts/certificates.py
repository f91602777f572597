"""Certificates as they are served on the machine's own TLS ports, and as they lie in files for those servers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from steward.knowhow.outputs import lines, text_of
from steward.knowhow.web_servers import WEB_SERVERS
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAME = re.compile(r"(?:DNS|IP Address):([^\s,]{1,253})")
_MOST_NAMES = 100


@record
class Certificate:
    """One certificate. Its texts were written by whoever issued it."""

    subject: str
    """Whom it is for: `CN=box.lan`."""
    issuer: str
    """Who signed it."""
    serial: str
    """Serial number, hexadecimal; with the issuer it names the certificate."""
    names: tuple[str, ...]
    """Names and addresses it is valid for."""
    begins_at: datetime
    """Valid from (UTC)."""
    ends_at: datetime
    """Valid until (UTC)."""

    @property
    def is_self_signed(self) -> bool:
        """Whether nobody else vouches for it."""
        return self.subject == self.issuer

    @property
    def lifetime(self) -> timedelta:
        """For how long it was issued."""
        return self.ends_at - self.begins_at


@record
class Certificates:
    """What is served, and what lies on disk."""

    served: dict[str, Certificate]
    """By name asked for and port, `box.lan:443`; by port alone where the server was asked for no name."""
    files: dict[str, Certificate]
    """By path: those that the configurations of web and mail servers name, and those of certbot."""
    configured: tuple[str, ...]
    """Paths that a server's configuration names."""
    unreadable: tuple[str, ...]
    """Paths that could not be read."""
    renewals: tuple[str, ...]
    """Names under which certbot renews certificates."""
    certbot: str
    """Absolute path of certbot, or empty."""
    is_renewed_by_cron: bool
    """Whether a readable table of cron starts certbot."""

    def newer_than(self, served: Certificate) -> str:
        """Return the path of a configured file that replaces a served certificate, or an empty text."""
        fitting = [
            (file.begins_at, path)
            for path, file in self.files.items()
            if path in self.configured
            and set(file.names) == set(served.names)
            and file.serial != served.serial
            and file.begins_at > served.begins_at
        ]
        return max(fitting)[1] if fitting else ""

    def renewal_of(self, served: Certificate) -> str:
        """Return the name under which certbot renews a served certificate, or an empty text."""
        for path, file in self.files.items():
            name = path.removeprefix("/etc/letsencrypt/live/").partition("/")[0]
            if file.serial == served.serial and name in self.renewals:
                return name
        return ""


def parse(outputs: Mapping[str, CommandOutput]) -> Certificates:
    """Read blocks that begin with `served KEY` or `file PATH`; what openssl printed stands behind a bar."""
    said = lines(text_of(outputs, "certificates"))
    if "absent" in said:
        msg = "openssl is not installed, so that certificates cannot be read; the package is `openssl`"
        raise FactUnavailable(msg)
    blocks: dict[tuple[str, str], list[str]] = {}
    told: dict[str, list[str]] = {}
    current: list[str] = []
    for line in said:
        if line.startswith("| "):
            current.append(line[2:])
            continue
        kind, _, value = line.partition(" ")
        told.setdefault(kind, []).append(value)
        if kind in {"served", "file"} and value:
            current = blocks.setdefault((kind, value), [])
    found = {key: one for key, block in blocks.items() if (one := _certificate(block)) is not None}
    return Certificates(
        served={value: one for (kind, value), one in found.items() if kind == "served"},
        files={value: one for (kind, value), one in found.items() if kind == "file"},
        configured=tuple(told.get("configured", ())),
        unreadable=tuple(told.get("unreadable", ())),
        renewals=tuple(told.get("renewal", ())),
        certbot=next(iter(told.get("certbot", ())), ""),
        is_renewed_by_cron="cron" in told,
    )


def _certificate(block: list[str]) -> Certificate | None:
    values = {key: value.strip() for key, _, value in (line.partition("=") for line in block)}
    begins, ends = _moment(values.get("notBefore", "")), _moment(values.get("notAfter", ""))
    if begins is None or ends is None or not values.get("serial"):
        return None
    names = [name.lower() for line in block if "=" not in line for name in _NAME.findall(line)]
    return Certificate(
        subject=values.get("subject", "")[:300],
        issuer=values.get("issuer", "")[:300],
        serial=values["serial"][:80],
        names=tuple(names[:_MOST_NAMES]),
        begins_at=begins,
        ends_at=ends,
    )


def _moment(text: str) -> datetime | None:
    """Read `Feb 19 17:41:39 2027 GMT`; the words are English whatever the language of this process."""
    words = text.split()
    if len(words) != 5 or words[0] not in _MONTHS:
        return None
    try:
        month = f"{_MONTHS.index(words[0]) + 1:02d}"
        return datetime.strptime(f"{words[3]}-{month}-{words[1]} {words[2]}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


_SHOWN = "x509 -noout -serial -startdate -enddate -subject -issuer -nameopt RFC2253 -ext subjectAltName"
_LISTENING = r"""
    $1 == "LISTEN" || $6 == "LISTEN" {
        count = split($4, part, ":")
        port = part[count]
        address = substr($4, 1, length($4) - length(port) - 1)
        gsub(/[][]/, "", address)
        sub(/%.*/, "", address)
        if (address ~ /^(0\.0\.0\.0|::|\*)$/) address = "127.0.0.1"
        if (address ~ /:/) address = "[" address "]"
        if (!(port in places) || address == "127.0.0.1") places[port] = address
    }
    END {
        known = split("443 465 636 853 990 993 995 5061 5986 6443 8006 8007 8443 8883 9443 10443", ports, " ")
        for (number = 1; number <= known; number++)
            if (ports[number] in places) print ports[number], places[ports[number]]
    }
"""
_OTHERS = r"""
    $1 == "bind" { for (at = 2; at < NF; at++) if ($at == "crt") print "configured", $(at + 1) }
    /^[ \t]*(smtpd_tls_cert_file|ssl_cert|ssl_server_cert_file)[ \t]*=/ {
        sub(/^[^=]*=[ \t]*<?[ \t]*/, "")
        print "configured", $1
    }
"""
_CERTIFICATES = f"""\
export LC_ALL=C
places=$({{ ss -H -t -l -n || netstat -t -l -n; }} 2>/dev/null | awk '{_LISTENING}')
{WEB_SERVERS}
told=$({{
    web_servers
    all /etc/haproxy/haproxy.cfg /etc/postfix/main.cf /etc/dovecot/conf.d/10-ssl.conf | awk '{_OTHERS}'
}} 2>/dev/null | tr -d '"' |
    grep -xE 'name [0-9]+ ([a-z0-9-]+[.])+[a-z0-9-]+|configured /[A-Za-z0-9._/*@+-]+' | sort -u)
renewals=$(ls /etc/letsencrypt/renewal/ 2>/dev/null | sed -n 's/[.]conf$//p' | head -n 20)
[ -n "$places$renewals" ] || exit 0
command -v openssl >/dev/null 2>&1 || {{ echo absent; exit 0; }}
printf '%s\\n' "$told" | grep '^configured ' | head -n 20
for program in /usr/bin/certbot /snap/bin/certbot; do
    [ -x $program ] && {{ echo "certbot $program"; break; }}
done
grep -hs certbot /etc/crontab /etc/cron.d/* /etc/cron.daily/* /etc/cron.weekly/* /var/spool/cron/crontabs/root |
    grep -v '^ *#' | grep -qv run/systemd/system && echo cron
show() {{ openssl {_SHOWN} 2>/dev/null | sed 's/^/| /'; }}
ask() {{
    echo "served $1"
    shift
    timeout 3 openssl s_client "$@" </dev/null 2>/dev/null | show
}}
printf '%s\\n' "$places" | while read -r port address; do
    [ -n "$port" ] || continue
    names=$(printf '%s\\n' "$told" | sed -n "s/^name $port //p" | head -n 12)
    [ -n "$names" ] || ask "$port" -connect "$address:$port" -noservername
    for name in $names; do ask "$name:$port" -connect "$address:$port" -servername "$name"; done
done
{{
    printf '%s\\n' "$told" | sed -n 's/^configured //p'
    for name in $renewals; do echo "renewal $name" >&2; echo "/etc/letsencrypt/live/$name/cert.pem"; done
}} 2>&1 | awk '!seen[$0]++' | head -n 40 | while read -r path; do
    case $path in renewal*) echo "$path"; continue ;; esac
    if [ -r "$path" ]; then
        echo "file $path"
        show <"$path"
        continue
    fi
    shown=$(sudo -n /usr/bin/openssl {_SHOWN} -in "$path" 2>/dev/null </dev/null | sed 's/^/| /')
    [ -n "$shown" ] && printf 'file %s\\n%s\\n' "$path" "$shown" || echo "unreadable $path"
done
exit 0
"""

PLUGIN = Fact[Certificates](
    name="certificates",
    summary="Certificates as served on the machine's own TLS ports, and the files and renewals behind them.",
    readings=(Reading(name="certificates", argv=("sh", "-c", _CERTIFICATES), timeout_seconds=60),),
    parse=parse,
    pause=timedelta(hours=1),
    sudoers=(
        rf"/usr/bin/openssl ^{_SHOWN} -in /etc/letsencrypt/live/[A-Za-z0-9_-][A-Za-z0-9._-]*/(cert|fullchain)\.pem$",
    ),
)
