"""What lets a machine keep by itself which services failed: four small files, and the script that puts or drops them.

A drop-in for every service (systemd 244 and later) names a template as `OnFailure=`; the template runs a handler that
writes one small file into a folder. Nothing is sent anywhere: Steward reads the folder when it looks, also what was
written while it was away. The folder is a ring of the newest two hundred, so that nobody ever has to empty it.

sudo compares words joined by spaces and takes no new lines: the script is one command between braces in one line, its
contents are part of it, and nothing that comes on standard input is used.
"""

from __future__ import annotations

import re

SPOOL = "/var/lib/steward-failed"
"""Folder on the machine; its files are named after the time of the failure."""
MOST_KEPT = 200
LEAST_SYSTEMD = 244
"""Version that reads drop-ins for all units of a type."""
MARK = "Made by Steward"
UNIT = "steward-failed@.service"
_DROP_IN = "10-steward-failed.conf"
_SYSTEM = "/etc/systemd/system"
_HANDLER = "/usr/local/lib/steward/failed-unit"
_HANDLER_LINES = (
    "#!/bin/sh",
    f"# {MARK}: keeps that a service failed, called by systemd. Taken away by: steward unit unwatch-failure",
    "set -u; umask 022; PATH=/usr/sbin:/usr/bin:/sbin:/bin; u=$1",
    "i=${MONITOR_INVOCATION_ID:-}; r=${MONITOR_SERVICE_RESULT:-}; s=${MONITOR_EXIT_STATUS:-}",
    '[ -n "$i" ] || i=$(systemctl show --value -p InvocationID -- "$u")',
    '[ -n "$r" ] || r=$(systemctl show --value -p Result -- "$u")',
    '[ -n "$s" ] || s=$(systemctl show --value -p ExecMainStatus -- "$u")',
    'case $i in ""|*[!0-9a-f]*) i=none;; esac',
    f"cd {SPOOL} || exit 1",
    "t=$(date +%s); n=$t-$$",
    'cut -c 1-300 >".$n" <<END',
    "at $t",
    "unit $u",
    "result $r",
    "status $s",
    "invocation $i",
    "END",
    'sync ".$n" 2>/dev/null || sync; mv -f ".$n" "$n"',
    f'ls | sort | head -n -{MOST_KEPT} | while read -r old; do rm -f -- "$old"; done',
)
_TEMPLATE_LINES = (
    f"# {MARK}: runs once for each service that failed, and only writes a small file into {SPOOL}.",
    "[Unit]",
    "Description=Keep for Steward that %i failed",
    "[Service]",
    "Type=oneshot",
    f"ExecStart=/bin/sh {_HANDLER} %i",
    "StateDirectory=steward-failed",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "NoNewPrivileges=yes",
    "TimeoutStartSec=20",
)
_EVERY_LINES = (
    f"# {MARK}: each service that fails is told to the unit below.",
    "[Unit]",
    "OnFailure=steward-failed@%n.service",
)
_NONE_LINES = (f"# {MARK}: what keeps failures does not call itself.", "[Unit]")
FILES: dict[str, str] = {
    path: "".join(f"{line}\n" for line in lines)
    for path, lines in (
        (_HANDLER, _HANDLER_LINES),
        (f"{_SYSTEM}/{UNIT}", _TEMPLATE_LINES),
        (f"{_SYSTEM}/{UNIT}.d/{_DROP_IN}", _NONE_LINES),
        (f"{_SYSTEM}/service.d/{_DROP_IN}", _EVERY_LINES),
    )
}
"""Content by path, in the order they are written: the drop-in that sets all in motion comes last."""


def _echoed(text: str) -> str:
    return " ".join(f"echo '{line}';" for line in text.splitlines())


def _put(path: str, text: str) -> str:
    folder = path.rpartition("/")[0]
    return f"mkdir -p {folder}; {{ {_echoed(text)} }} >{path}.new; chmod 644 {path}.new; mv -f {path}.new {path};"


_PATHS = " ".join(FILES)
_LINES = (
    'no() { echo "$1" >&2; exit 1; };',
    "set -eu; umask 022; PATH=/usr/sbin:/usr/bin:/sbin:/bin;",
    '[ $# = 1 ] || no "this is not one word";',
    f'for f in {_PATHS}; do [ ! -h "$f" ] || no "$f is a link";',
    f'[ ! -e "$f" ] || grep -q "{MARK}" "$f" || no "$f is there, and not of Steward"; done;',
    'case "$1" in put)',
    *(_put(path, text) for path, text in FILES.items()),
    ";; drop)",
    f"rm -f {' '.join(reversed(FILES))};",
    f"rmdir {_SYSTEM}/{UNIT}.d {_SYSTEM}/service.d /usr/local/lib/steward 2>/dev/null || true;",
    ';; *) no "the word is put or drop" ;; esac;',
    "systemctl daemon-reload;",
)
SCRIPT = "{ " + " ".join(_LINES) + " }"
"""Called with `put` or `drop`."""


def argv(verb: str) -> tuple[str, ...]:
    """Return the exact words that put or drop the files."""
    return ("/bin/sh", "-c", SCRIPT, "steward", verb)


def rights() -> tuple[str, str]:
    """Return the commands of sudoers for both, every character escaped that sudo reads."""
    return (_in_sudoers("put"), _in_sudoers("drop"))


def _in_sudoers(verb: str) -> str:
    program, _, words = " ".join(argv(verb)).partition(" ")
    return f"{program} " + re.sub(r"[*?\[\]!^,:=#\\]", r"\\\g<0>", words)
