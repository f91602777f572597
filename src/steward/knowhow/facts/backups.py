"""Backup jobs: units that a timer starts, tables of cron, Proxmox's own; what they copy, where, and how it came out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from steward.knowhow.outputs import decimal, lines, moment, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 100
_MOST_PATHS = 50
_FEWEST_GAPS = 3
_ONE_RUN_SECONDS = 3600


@record
class BackupJob:
    """One job. Its texts were written by whoever set it up; passwords in addresses are removed on the machine."""

    kind: str
    """`unit`, `cron` or `vzdump`."""
    program: str
    """What does the work, as far as it can be told: `restic`, `borgmatic`."""
    timers: tuple[str, ...]
    """Timers of systemd that start it."""
    is_running: bool
    """Whether it runs now."""
    has_failed: bool
    """Whether it came out badly the last time that is known."""
    says: str
    """What is known of how it came out last."""
    started_at: datetime | None
    """When it was started last, as far as known (UTC)."""
    succeeded_at: datetime | None
    """When it ended well last, as far as known (UTC)."""
    sources: tuple[str, ...]
    """Folders it copies, as far as they can be told without reading a secret."""
    repositories: tuple[str, ...]
    """Where it copies them to, likewise."""
    usual_seconds: int | None
    """How far apart its runs were so far, where no timer tells how far they should be; None where too few are known."""


@record
class Backups:
    """All backup jobs Steward knows how to find."""

    jobs: dict[str, BackupJob]
    """By the name of the unit or the file."""
    is_journal_read: bool
    """Whether the journal could be asked how they came out before."""


def parse(outputs: Mapping[str, CommandOutput]) -> Backups:
    """Read blocks that begin with `unit NAME` or `cron FILE`, and the tasks of Proxmox."""
    blocks: dict[tuple[str, str], dict[str, list[str]]] = {}
    told: dict[str, list[str]] = {}
    for line in lines(text_of(outputs, "backups")):
        word, _, value = line.partition(" ")
        if word in {"unit", "cron"} and value and len(blocks) < _MOST:
            told = blocks.setdefault((word, value[:200]), {})
        told.setdefault(word, []).append(value[:500])
    jobs = {name: _job(kind, known) for (kind, name), known in blocks.items() if _is_job(kind, known)}
    tasks = [task for line in lines(text_of(outputs, "tasks")) if (task := _task(line)) is not None]
    jobs |= {"vzdump": _vzdump(tasks)} if tasks else {}
    is_read = any("journal" in known for known in blocks.values())
    return Backups(jobs=dict(sorted(jobs.items())), is_journal_read=is_read)


def _is_job(kind: str, told: Mapping[str, list[str]]) -> bool:
    """Tell whether a unit is started by a timer; others are servers, or parts of something else."""
    return kind == "cron" or any(name.endswith(".timer") for name in _last(told, "TriggeredBy").split())


def _last(told: Mapping[str, list[str]], key: str) -> str:
    return told.get(key, [""])[-1]


def _job(kind: str, told: Mapping[str, list[str]]) -> BackupJob:
    result, exited = _last(told, "Result"), _clock(_last(told, "ExecMainExitTimestamp"))
    is_running = _last(told, "ActiveState") in {"active", "activating"}
    has_ended = exited is not None and not is_running
    succeeded = exited if has_ended and result == "success" else moment(decimal(_last(told, "success")))
    failed = exited if has_ended and result != "success" else moment(decimal(_last(told, "failure")))
    has_failed = failed is not None and (succeeded is None or failed > succeeded)
    return BackupJob(
        kind=kind,
        program=_last(told, "program")[:60],
        timers=tuple(name for name in _last(told, "TriggeredBy").split() if name.endswith(".timer"))[:5],
        is_running=is_running,
        has_failed=has_failed,
        says=result if has_ended else "failed" if has_failed else "success" if succeeded else "",
        started_at=_clock(_last(told, "ExecMainStartTimestamp")),
        succeeded_at=succeeded,
        sources=tuple(dict.fromkeys(told.get("source", ())))[:_MOST_PATHS],
        repositories=tuple(dict.fromkeys(told.get("repository", ())))[:_MOST_PATHS],
        usual_seconds=None,
    )


def _clock(text: str) -> datetime | None:
    """Read `Sat 2026-11-21 10:49:35 UTC`; the reading asks for UTC."""
    try:
        return datetime.strptime(" ".join(text.split()[1:3]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _task(line: str) -> tuple[datetime, datetime, str] | None:
    """Read `UPID:NODE:PID:START:TIME:vzdump:ID:USER: END STATUS`, numbers hexadecimal: start, end, status."""
    identity, _, rest = line.partition(": ")
    parts, (ended, _, status) = identity.split(":"), rest.partition(" ")
    if len(parts) < 6 or parts[0] != "UPID" or parts[5] != "vzdump" or not status:
        return None
    begin, end = _hexadecimal(parts[4]), _hexadecimal(ended)
    return None if begin is None or end is None else (begin, end, status.strip()[:200])


def _hexadecimal(text: str) -> datetime | None:
    is_plain = 0 < len(text) <= 10 and all(char in "0123456789abcdefABCDEF" for char in text)
    return moment(whole(str(int(text, 16)))) if is_plain else None


def _vzdump(tasks: list[tuple[datetime, datetime, str]]) -> BackupJob:
    """Judge by the newest task; one that only warned has made its backups."""
    newest = max(tasks)
    good = [end for _, end, status in tasks if status == "OK" or status.startswith("WARNINGS")]
    return BackupJob(
        kind="vzdump",
        program="vzdump",
        timers=(),
        is_running=False,
        has_failed=newest[1] not in good,
        says=newest[2],
        started_at=newest[0],
        succeeded_at=max(good, default=None),
        sources=(),
        repositories=(),
        usual_seconds=_usual_seconds([begin for begin, _, _ in tasks]),
    )


def _usual_seconds(starts: list[datetime]) -> int | None:
    """Return the longest of the last gaps between runs; what starts within an hour is one run of several jobs."""
    ordered = sorted(starts)
    gaps = [int((later - earlier).total_seconds()) for earlier, later in itertools.pairwise(ordered)]
    long = [gap for gap in gaps if gap > _ONE_RUN_SECONDS]
    return max(long[-10:]) if len(long) >= _FEWEST_GAPS else None


_PROGRAMS = (
    "restic|autorestic|resticprofile|rustic|borg|borgmatic|kopia|duplicity|duplicati-cli|rsnapshot|rdiff-backup|btrbk"
    "|proxmox-backup-client|rclone|syncoid|bup|bupstash|pgbackrest|barman|tarsnap|hb|urbackupclientctl"
)
_WORDS = r"""
    function clean(word) { sub(/:\/\/[^@\/]*@/, "://", word); return word }
    {
        program = ""
        for (at = 1; at <= NF; at++) {
            name = $at; sub(/.*\//, "", name)
            if (program == "" && name ~ "^(" known ")$") { program = name; print "program", program; continue }
            if (program != "restic" && program != "rustic" && program != "borg") continue
            if (name ~ /^(backup|create)$/) { copies = 1; continue }
            if ($at == "-r" || $at == "--repo") { at++; print "repository", clean($at); continue }
            if ($at ~ /^--repo=/) { sub(/^--repo=/, "", $at); print "repository", clean($at); continue }
            if ($at ~ /^-/) { if ($at !~ /=/ && $at ~ valued) at++; continue }
            if (copies && program == "borg" && $at ~ /::/) {
                sub(/::.*/, "", $at); print "repository", clean($at); continue
            }
            if (copies && $at ~ /^\//) print "source", $at
        }
    }
"""
_VALUED = (
    "^(-e|-p|--(tag|host|exclude|exclude-file|iexclude|iexclude-file|files-from|password-file|password-command|cache-dir"
    "|compression|limit-upload|limit-download|pattern|patterns-from|comment|lock-wait|option|o|key-hint|time|parent))$"
)
_BORGMATIC = r"""
    /^[^ #-]/ { part = "" }
    /^ *(source_directories|repositories):/ { part = $1; next }
    part == "source_directories:" && $1 == "-" && $2 ~ /^\// { print "source", $2 }
    part == "repositories:" && /path:/ { sub(/.*path: */, ""); print "repository", $1 }
    part == "repositories:" && $1 == "-" && $2 !~ /:$/ { print "repository", $2 }
"""
_PROPERTIES = "ActiveState,Result,ExecMainStartTimestamp,ExecMainExitTimestamp,TriggeredBy"
_SUCCESS, _FAILURE = "7ad2d189f7e94e70a38c781354912448", "d9b373ed55a64feb8242e02dbe79a49c"
_JOURNAL = "--quiet --no-pager --lines=1 --output=short-unix"
_BACKUPS = f"""\
export LC_ALL=C TZ=UTC
known='{_PROGRAMS}'
words() {{ tr -d "\\"'" | awk -v known="$known" -v valued='{_VALUED}' '{_WORDS}'; }}
configured() {{
    for file in /etc/borgmatic/config.yaml /etc/borgmatic.d/*.yaml; do
        [ -r "$file" ] && tr -d "\\"'" <"$file" | awk '{_BORGMATIC}'
    done
}}
details() {{
    told=$(words)
    case $told in *'program borgmatic'*) told="$told
$(configured)" ;; esac
    printf '%s\\n' "$told" | sed 's#\\(repository .*://\\)[^@/]*@#\\1#'
}}
units() {{
    cd / && grep -lsE "^ExecStart=.*(^|[ /=@!+:-])($known)( |\\$)|^ExecStart=.*[Bb]ackup" \\
        etc/systemd/system/*.service run/systemd/system/*.service usr/local/lib/systemd/system/*.service \\
        usr/lib/systemd/system/*.service lib/systemd/system/*.service |
        sed 's#.*/##' | grep -v -e '^dpkg-db-backup' -e '@[.]' -e '^snapper' | sort -u | head -n 30
}}
reads=journalctl
if [ "$(id -u)" != 0 ] && ! id -Gn | tr ' ' '\\n' | grep -qx -e adm -e systemd-journal; then
    reads='sudo -n /usr/bin/journalctl'
fi
ended() {{
    $reads {_JOURNAL} "MESSAGE_ID=$2" "UNIT=$1" </dev/null 2>/dev/null | sed -n 's/^\\([0-9.]*\\) .*/\\1/p'
}}
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    for unit in $(units); do
        echo "unit $unit"
        systemctl show --no-pager --property={_PROPERTIES} "$unit" | sed 's/=/ /'
        systemctl show --no-pager --property=ExecStart "$unit" |
            sed -n 's/.*argv\\[\\]=\\(.*\\) ; ignore_errors.*/\\1/p' | details
        systemctl cat --no-pager "$unit" 2>/dev/null | sed -n 's/.*RESTIC_REPOSITORY=\\([^" ]*\\).*/repository \\1/p' |
            sed 's#://[^@/]*@#://#'
        if $reads {_JOURNAL} </dev/null >/dev/null 2>&1; then
            echo "journal read"
            echo "success $(ended "$unit" {_SUCCESS})"
            echo "failure $(ended "$unit" {_FAILURE})"
        fi
    done
fi
grep -HsE "(^|[ /])($known) " /etc/crontab /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* \\
    /etc/cron.monthly/* /etc/periodic/*/* | grep -v ':[ \\t]*#' | head -n 20 | while IFS=: read -r file line; do
    echo "cron $file"
    printf '%s\\n' "$line" | details
done
exit 0
"""

PLUGIN = Fact[Backups](
    name="backups",
    summary="Backup jobs of restic, borg, borgmatic, kopia and others: what they copy, where to, and how it came out.",
    readings=(
        Reading(name="backups", argv=("sh", "-c", _BACKUPS), timeout_seconds=30),
        Reading(
            name="tasks",
            argv=(
                "sh",
                "-c",
                "cat /var/log/pve/tasks/index.1 /var/log/pve/tasks/index 2>/dev/null |"
                " grep ':vzdump:' | tail -n 40; exit 0",
            ),
        ),
    ),
    parse=parse,
    pause=timedelta(minutes=10),
    sudoers=(
        f"/usr/bin/journalctl {_JOURNAL}",
        rf"/usr/bin/journalctl ^{_JOURNAL} MESSAGE_ID=({_SUCCESS}|{_FAILURE}) UNIT=[A-Za-z0-9@_.:\\-]+\.service$",
    ),
)
