"""Updates that wait, as the package manager knows them from the lists it has; nothing is downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from steward.knowhow.outputs import decimal, moment, text_of
from steward.knowhow.shell_parts import AS_ROOT, HAS, told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 500
_CACHE = "/var/cache/apt/archives"
_APT = re.compile(r"Inst (\S{1,100})(?: \[([^\]]{1,100})\])? \((\S{1,100}) (.*?) \[(\w+)\]\)")
_APK = re.compile(r"(\S{1,100}?)-([0-9]\S{0,60}-r[0-9]+)\s+<\s+(\S{1,100})")
_PACMAN = re.compile(r"(\S{1,100}) (\S{1,100}) -> (\S{1,100})$")
_NOTHING = re.compile(r"(?!)")
_DNF = re.compile(r"(\S{1,100})\.(\w+)\s+(\S{1,100})\s+\S+$")


@record
class Update:
    """One package that could be newer."""

    installed: str
    """Version that is installed, `installed` where the manager does not say which; empty for a package that is new."""
    candidate: str
    """Version that would be installed."""
    is_security: bool
    """Whether it comes from the distribution's security updates; never known of Arch and Alpine."""
    kept_file: str = ""
    """Path of the installed version's own file where it is still in the cache; it can be put back from that, also when
    no source offers that version any more."""


@record
class Updates:
    """What could be updated."""

    manager: str
    """`apt`, `dnf`, `pacman`, `apk`; `none` when it is none of these."""
    tells_security: bool
    """Whether this manager tells which updates are for security."""
    lists_at: datetime | None
    """When the lists of what exists were fetched last (UTC); None when nobody tells."""
    count: int
    """Installed packages for which there is an update."""
    security_count: int
    """Those of them that are security updates."""
    updates: dict[str, Update]
    """By package, security updates first; at most 500."""


def parse(outputs: Mapping[str, CommandOutput]) -> Updates:
    """Read `KEY VALUE` lines; what the managers print stays as they print it."""
    pairs = told(text_of(outputs, "updates"))
    values = dict(pairs)
    if "failed" in values:
        msg = f"the package manager could not tell: {values['failed'][:200]}"
        raise FactUnavailable(msg)
    manager = values.get("manager", "none")[:20]
    said, kept = [value for key, value in pairs if key == "update"], {value for key, value in pairs if key == "kept"}
    security = tuple(value for key, value in pairs if key == "security")
    found = dict(_read(manager, said, security, kept))
    waiting = [one for one in found.values() if one.installed]
    first = sorted(found.items(), key=lambda item: (not item[1].is_security, item[0]))
    return Updates(
        manager=manager,
        tells_security=manager in {"apt", "dnf"},
        lists_at=moment(decimal(values.get("lists", ""))),
        count=len(waiting),
        security_count=sum(one.is_security for one in waiting),
        updates=dict(first[:_MOST]),
    )


def _read(manager: str, said: list[str], security: tuple[str, ...], kept: set[str]) -> Iterable[tuple[str, Update]]:
    for line in said:
        if manager == "apt" and (match := _APT.match(line)):
            name, old, new, origin, architecture = match.groups()
            file = f"{name}_{(old or '').replace(':', '%3a')}_{architecture}.deb"
            path = f"{_CACHE}/{file}" if file in kept else ""
            yield name, _update(old or "", new, "security" in origin.lower(), path)
        elif manager == "dnf" and (match := _DNF.match(line)):
            name, architecture, new = match.groups()
            bare = f"{name}-{new.partition(':')[2] or new}.{architecture}"
            yield name, _update("installed", new, any(bare in one.split() for one in security))
        elif match := {"pacman": _PACMAN, "apk": _APK}.get(manager, _NOTHING).match(line):
            yield match[1], _update(match[2], match[3], is_security=False)


def _update(old: str, new: str, is_security: bool, kept_file: str = "") -> Update:  # noqa: FBT001 - private
    return Update(installed=old, candidate=new, is_security=is_security, kept_file=kept_file)


def samples(updates: Updates) -> dict[str, float]:
    """Return how many wait, so that it is known since when."""
    return {"count": updates.count, "security_count": updates.security_count}


# apt keeps what it has worked out in a cache of its own; only root may write it, and a reading writes nothing.
_UPDATES = (
    HAS
    + AS_ROOT
    + r"""export LC_ALL=C
newest() { stat -c "$@" 2>/dev/null | sort -n | tail -n 1; }
if has apt-get && has dpkg-query; then
    echo manager apt
    lists=/var/lib/apt/lists
    echo "lists $(newest %Y "$lists" "$lists/partial" /var/lib/apt/periodic/update-success-stamp)"
    set --
    [ "$(id -u)" = 0 ] && set -- -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    if said=$(nice -n 19 apt-get -s -o Debug::NoLocking=1 "$@" dist-upgrade 2>&1); then
        printf '%s\n' "$said" | sed -n 's/^Inst /update &/p' | head -n 1000
    else
        printf 'failed %s\n' "$(printf '%s\n' "$said" | grep '^E:' | head -n 1)"
    fi
    ls /var/cache/apt/archives 2>/dev/null | sed -n 's/.*\.deb$/kept &/p' | head -n 2000
elif has dnf; then
    echo manager dnf
    echo "lists $(newest %Y /var/cache/dnf/*/repodata /var/cache/libdnf5/*/repodata)"
    said=$(as_root /usr/bin/dnf -q -C check-update 2>&1)
    case $? in
        0 | 100) printf '%s\n' "$said" | sed '/^Obsoleting/,$d; /^[^ ]*\.[^ ]* /!d; s/^/update /' | head -n 1000
            as_root /usr/bin/dnf -q -C updateinfo list --security 2>/dev/null | head -n 1000 | sed 's/^/security /' ;;
        *) printf 'failed %s\n' "$(printf '%s\n' "$said" | tail -n 1)" ;;
    esac
elif has pacman; then
    echo manager pacman
    echo "lists $(newest %Z /var/lib/pacman/sync/*.db)"
    pacman -Qu 2>/dev/null | grep -v '\[ignored\]$' | head -n 1000 | sed 's/^/update /'
elif has apk; then
    echo manager apk
    echo "lists $(newest %Z /var/cache/apk/APKINDEX* /etc/apk/cache/APKINDEX*)"
    apk --no-network version -v -l '<' 2>/dev/null | grep ' < ' | head -n 1000 | sed 's/^/update /'
fi
exit 0
"""
)

PLUGIN = Fact[Updates](
    name="updates",
    summary="Updates that wait, the security ones among them, and how old the lists are that tell it.",
    readings=(Reading(name="updates", argv=("sh", "-c", _UPDATES), timeout_seconds=60),),
    parse=parse,
    pause=timedelta(hours=3),
    samples=samples,
    sudoers=("/usr/bin/dnf -q -C check-update", "/usr/bin/dnf -q -C updateinfo list --security"),
)
