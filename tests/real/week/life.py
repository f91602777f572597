"""What moves in the outputs of any machine: each function takes what was recorded and returns what it would be now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tests.real.week.world import INSTALLED_AFTER, KNOWN_AFTER, NIGHT_BEGINS, RENEWED_AFTER, ROUTER_AFTER, World

Live = Callable[[str, World], str]
_SYSTEMD_TIME = re.compile(r"[A-Z][a-z]{2} (20\d\d-\d\d-\d\d \d\d:\d\d:\d\d) UTC")
_DOCKER_TIME = re.compile(r'"(StartedAt|FinishedAt)":"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)[^"]*"')
_GROWTH_PER_DAY = 0.003
"""Share of a filesystem that is filled for good in a day."""
_LOGS, _STAGING = 0.012, 0.03
"""Share that a day's logs take until they are rotated at midnight, and a backup until it is uploaded."""
_UPDATES = (
    "update Inst libssl3 [3.0.15-1~deb12u1] (3.0.17-1~deb12u3 Debian-Security:12/oldstable-security [amd64])",
    "update Inst openssl [3.0.15-1~deb12u1] (3.0.17-1~deb12u3 Debian-Security:12/oldstable-security [amd64])",
)


def systemd_time(at: datetime) -> str:
    """Write a time as systemd does."""
    return f"{at:%a %Y-%m-%d %H:%M:%S} UTC"


def clock(text: str, world: World) -> str:
    off = world.random("clock").choice((0, 0, 1, 1, 2))
    return re.sub(r"^now=\d+", f"now={int(world.now.timestamp()) + off}", text, flags=re.MULTILINE)


def uptime(_text: str, world: World) -> str:
    return f"{world.uptime_seconds:.2f} {world.uptime_seconds * 1.6:.2f}\n"


def boot_id(text: str, world: World) -> str:
    return f"{text.strip()[::-1]}\n" if world.has_restarted else text


def load(text: str, world: World) -> str:
    """Load, processor time, pressure and swapping follow how busy it is; counters begin anew with a boot."""
    found = re.search(r"^processors (\d+)", text, flags=re.MULTILINE)
    processors = int(found[1]) if found else 2
    now = world.busy() * processors * (1.3 if world.is_at_backup else 1)
    used, idle = int(world.uptime_seconds * processors * 12), int(world.uptime_seconds * processors * 85)
    waits = 38.0 * world.busy() if world.is_at_backup else 4.0 * world.busy()
    threads = 400 + int(200 * world.busy())
    values = {
        "load": f"{now:.2f} {now * 0.9:.2f} {now * 0.8:.2f} 2/{threads} {31_000 + world.now.minute}",
        "cpu": f"cpu  {used} 900 {used // 3} {idle} {used // 20} 0 {used // 90} {used // 400} 0 0",
        "pswpin": str(int(world.uptime_seconds * 0.4)),
        "pswpout": str(int(world.uptime_seconds * 1.1)),
    }
    for key, value in values.items():
        text = re.sub(rf"^{key} .*", f"{key} {value}", text, flags=re.MULTILINE)
    for key in ("cpu", "io"):
        line = f"{key}_pressure some avg10={waits:.2f} avg60={waits:.2f} avg300={waits:.2f} total=1"
        text = re.sub(rf"^{key}_pressure some .*", line, text, flags=re.MULTILINE)
    full = f"io_pressure full avg10={waits / 2:.2f} avg60={waits / 2:.2f} avg300={waits / 2:.2f} total=1"
    return re.sub(r"^io_pressure full .*", full, text, flags=re.MULTILINE)


def meminfo(text: str, world: World) -> str:
    """Memory is used up to three quarters, most of it when the backup runs."""
    found = re.search(r"MemTotal: +(\d+)", text)
    total = int(found[1]) if found else 0
    available = int(total * (0.72 - 0.45 * world.busy()))
    text = re.sub(r"(MemAvailable: +)\d+", rf"\g<1>{available}", text)
    return re.sub(r"(MemFree: +)\d+", rf"\g<1>{available // 3}", text)


def memory_pressure(_text: str, world: World) -> str:
    waits = 6.0 * world.busy() if world.is_at_backup else 0.2
    some = f"some avg10={waits:.2f} avg60={waits:.2f} avg300={waits:.2f} total=1"
    return f"{some}\nfull avg10=0.00 avg60=0.00 avg300={waits / 3:.2f} total=1\n"


def processes(text: str, world: World) -> str:
    """The backup keeps a processor busy for an hour, a build for half an hour at noon."""
    kept = [line for line in text.splitlines() if not line.startswith(("busy", "stuck", "dead", "total"))]
    if world.is_at_backup:
        kept.append(f"busy 4711 97.{world.now.minute % 10} {world.now.minute * 58} 0 photo-backup.service restic")
    if world.now.hour == 12 and world.now.minute < 30:
        kept.append(f"busy 9120 99.1 {world.now.minute * 59} 0 - cc1plus")
    return "\n".join([*kept, f"total {180 + world.random('processes').randrange(60)}"]) + "\n"


def space(text: str, world: World) -> str:
    """Each real filesystem grows a little; logs go up and down by the day, the backup comes and goes."""
    return "\n".join(_grown(line, world) for line in text.splitlines()) + "\n"


def _grown(line: str, world: World) -> str:
    words = line.split()
    at = next((n for n, word in enumerate(words) if word.endswith("%") and word[:-1].isdigit()), 0)
    if at < 4 or words[at + 1].startswith(("/dev", "/run", "/proc", "/sys")):
        return line
    used, available = int(words[at - 2]), int(words[at - 1])
    if used * 100 < available:
        return line  # nobody writes there
    share = _GROWTH_PER_DAY * world.days + _LOGS * world.share_of_day + (_STAGING if world.is_at_backup else 0)
    more = min(available, int(share * (used + available)))
    words[at - 2 : at + 1] = [str(used + more), str(available - more), f"{100 * (used + more) // (used + available)}%"]
    return " ".join(words)


def inodes(text: str, world: World) -> str:
    """New photos and new mails need inodes, too."""
    return "\n".join(_with_more_inodes(line, world) for line in text.splitlines()) + "\n"


def _with_more_inodes(line: str, world: World) -> str:
    words = line.split()
    if len(words) != 6 or not words[1].isdigit() or not int(words[1]):
        return line
    total = int(words[1])
    used = min(total, int(words[2]) + int(total * 0.001 * world.days))
    return " ".join([words[0], str(total), str(used), str(total - used), f"{100 * used // total}%", words[5]])


def log_errors(_text: str, world: World) -> str:
    """A few errors at all times, two dozen after a restart, more while packages are installed."""
    chance = world.random("errors")
    count = chance.choice((0, 0, 0, 1, 2, 4))
    if world.uptime_seconds < 600:
        count = 24
    elif timedelta() <= world.now - world.begin - INSTALLED_AFTER < timedelta(minutes=10):
        count = 12
    said = (
        "ssh.service[28413]: pam_env(sshd:session): Unable to open env file: /etc/default/locale: No such file",
        "smartd.service[801]: Device: /dev/sda, 1 Currently unreadable (pending) sectors were read again",
        "kernel: usb 1-3: device descriptor read/64, error -71",
    )
    at = world.now - timedelta(minutes=4)
    return "".join(f"{systemd_time(at)} {world.name} {chance.choice(said)}\n" for _ in range(count))


def logins(_text: str, world: World) -> str:
    """Steward all the time, a person in the evening who mistypes once."""
    failed = 1 if world.now.hour == 20 else 0
    person = f"origin 10.0.0.9 {failed} 2 0 alice\n" if world.now.hour in {19, 20, 21} else ""
    return f"origin 10.0.0.2 0 60 0 steward\n{person}failed {failed}\n"


def timers(text: str, world: World) -> str:
    """Each timer has run when it should; only a persistent one knows that after a restart."""
    return "\n\n".join(_timer(block, world) for block in text.strip("\n").split("\n\n")) + "\n"


def _timer(block: str, world: World) -> str:
    rules = " ".join(line for line in block.splitlines() if line.startswith(("TimersCalendar", "TimersMonotonic")))
    found = re.search(r"OnCalendar=(?:([A-Z][a-z]+) )?\*-\*-(\S+) (\S+?):(\d+)", rules)
    if found is None:
        last = world.boot_at + timedelta(minutes=15)
        last += timedelta(days=max(0, (world.now - last) // timedelta(days=1)))
        upcoming = ""
    else:
        last, step = _last_by_calendar(found, world)
        upcoming = systemd_time(last + step)
    is_kept = "Persistent=yes" in block
    told = systemd_time(last) if last <= world.now and (is_kept or last >= world.boot_at) else ""
    values = {"LastTriggerUSec": told, "NextElapseUSecRealtime": upcoming}
    for key in ("ActiveEnterTimestamp", "ConditionTimestamp"):
        if re.search(rf"^{key}=[A-Z]", block, flags=re.MULTILINE):
            values[key] = systemd_time(world.boot_at + timedelta(seconds=8))
    for key, value in values.items():
        block = re.sub(rf"^{key}=.*", f"{key}={value}", block, flags=re.MULTILINE)
    return block


def _last_by_calendar(found: re.Match[str], world: World) -> tuple[datetime, timedelta]:
    weekday, day, hour, minute = found.groups()
    late = timedelta(minutes=7)  # a timer waits for other units and spreads its work
    if day != "*":
        begin = world.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return begin + late, timedelta(days=31)
    if hour == "*":
        return world.now.replace(minute=0, second=0, microsecond=0), timedelta(hours=1)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    number = days.index(weekday[:3]) if weekday else None
    hour_number = int(hour.partition(",")[0].partition("/")[0])
    last = world.last(hour_number, int(minute), weekday=number) + late
    step = timedelta(days=1 if number is None else 7)
    return (last if last <= world.now else last - step), step


def since_boot(text: str, world: World) -> str:
    """What was there when the machine was recorded was there since boot; after a restart, since that one."""

    def moved(match: re.Match[str]) -> str:
        at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        return systemd_time(world.boot_at + timedelta(seconds=20)) if at < world.boot_at else match[0]

    return _SYSTEMD_TIME.sub(moved, text) if world.has_restarted else text


def containers(text: str, world: World) -> str:
    """Containers were started with the machine, and once anew from a newer image."""

    def moved(match: re.Match[str]) -> str:
        at = world.boot_at + timedelta(seconds=40 if match[1] == "StartedAt" else -20)
        return f'"{match[1]}":"{at:%Y-%m-%dT%H:%M:%S}.396917391Z"'

    return _DOCKER_TIME.sub(moved, renewed_image(text, world)) if world.has_restarted else renewed_image(text, world)


def renewed_image(text: str, world: World) -> str:
    """From the third day on every image has another sum of its content: somebody pulled."""
    if not world.is_after(RENEWED_AFTER):
        return text
    return re.sub(r"(?<=sha256:)[0-9a-f]{64}", lambda match: match[0][::-1], text)


def updates(text: str, world: World) -> str:
    """The lists are fetched daily; two security updates come, and are gone the day after."""
    kept = [line for line in text.splitlines() if not line.startswith(("lists", "update"))]
    waits = world.is_after(KNOWN_AFTER) and not world.is_after(INSTALLED_AFTER)
    kept.append(f"lists {int(world.last(6, 12).timestamp())}")
    return "\n".join([*kept, *(_UPDATES if waits else ())]) + "\n"


def packages(text: str, world: World) -> str:
    """What was downloaded stays for a while; the distribution asks for a restart after a new kernel."""
    if not world.is_after(INSTALLED_AFTER):
        return text
    text = re.sub(r"^(blocks|files) (\d+)", lambda match: f"{match[1]} {int(match[2]) + 3}", text, flags=re.MULTILINE)
    return text if world.has_restarted else text + "restart wanted\n"


def journal_files(text: str, world: World) -> str:
    at = world.now.timestamp()
    return re.sub(r"^(\d+) \d+\.\d+", rf"\g<1> {at:.4f}", text, flags=re.MULTILINE)


def backups(text: str, world: World) -> str:
    """Each night at two, 48 minutes long; while it runs, the last result is that of the night before."""
    started = world.last(NIGHT_BEGINS)
    ended = started + timedelta(minutes=48)
    is_running = world.now < ended
    succeeded = ended - timedelta(days=1) if is_running else ended
    values = {
        "ActiveState": "activating" if is_running else "inactive",
        "ExecMainStartTimestamp": systemd_time(started),
        "ExecMainExitTimestamp": "" if is_running else systemd_time(ended),
        "success": f"{succeeded.timestamp():.3f}",
    }
    for key, value in values.items():
        text = re.sub(rf"^{key}\b.*", f"{key} {value}", text, flags=re.MULTILINE)
    return text


def resolvers(text: str, world: World) -> str:
    """Answers take longer when the line is busy; once the router is started anew."""
    if timedelta() <= world.now - world.begin - ROUTER_AFTER < timedelta(minutes=10):
        return re.sub(r" answers \d+", " silent -", text)
    return re.sub(r" answers \d+", f" answers {int(2 + 60 * world.busy())}", text)


ANY: Mapping[str, Live] = {
    "clock/clock": clock,
    "os/uptime": uptime,
    "os/boot": boot_id,
    "load/load": load,
    "memory/meminfo": meminfo,
    "memory/pressure": memory_pressure,
    "processes/processes": processes,
    "filesystems/space": space,
    "filesystems/inodes": inodes,
    "log_errors/errors": log_errors,
    "logins/logins": logins,
    "timers/timers": timers,
    "units/units": since_boot,
    "containers/docker": containers,
    "images/docker": renewed_image,
    "container_settings/docker": renewed_image,
    "updates/updates": updates,
    "packages/packages": packages,
    "journal/files": journal_files,
    "backups/backups": backups,
    "resolvers/resolvers": resolvers,
}
"""By fact and reading."""
