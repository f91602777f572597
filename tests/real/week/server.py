"""A made-up home server with what the lab's machines cannot have: disks, pools, sensors, a supply, backups of its own.

It is put together from the recorded outputs that the facts are tested with, and from texts written after them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from steward.lib.codec import decode
from steward.model.fact import CommandOutput
from tests.real.week.life import Live
from tests.real.week.life import timers as any_timers
from tests.real.week.world import INSTALLED_AFTER, RENEWED_AFTER, World

_CASES = Path(__file__).parents[2] / "unit" / "knowhow" / "facts"
CASES = {
    "accounts": "debian_12_root",
    "arrays": "debian_12_healthy",
    "backups": "debian_12_borgmatic_restic",
    "boot_times": "alpine_without_systemd",
    "btrfs": "debian_12_mirror",
    "certificates": "debian_12_nginx_certbot",
    "clock": "fedora_chrony",
    "config_files": "debian_12",
    "container_daemons": "docker_20_10",
    "container_logs": "no_docker",
    "container_networks": "no_engine",
    "container_settings": "no_engine",
    "container_usage": "no_containers",
    "container_volumes": "no_engine",
    "containers": "no_engine",
    "crashes": "debian_12_none",
    "cron": "debian_12_running",
    "datasets": "proxmox_8_with_quotas",
    "disk_health": "debian_12_healthy",
    "disks": "proxmox_8_sata_sas_nvme",
    "filesystems": "proxmox_zfs",
    "images": "no_engine",
    "journal": "debian_12",
    "kernel": "debian_12_newer_installed",
    "links": "debian_12_gigabit",
    "load": "proxmox_8",
    "log_errors": "quiet",
    "logins": "debian_12_quiet",
    "memory": "debian_12",
    "mounts": "container_without_fstab",
    "names": "agreeing",
    "network_mounts": "answering",
    "os": "debian_12_root",
    "package_states": "debian_12_healthy",
    "packages": "debian_12",
    "pools": "proxmox_8_healthy",
    "ports": "debian_12_root",
    "processes": "debian_12",
    "programs": "debian_12",
    "quadlets": "no_quadlets",
    "resolvers": "debian_12_python",
    "sensors": "intel_server",
    "snapshots": "proxmox_8_sanoid",
    "ssh_server": "debian_12_defaults",
    "stale_programs": "debian_12_container",
    "supplies": "nut_2_8_on_line",
    "timers": "debian_12",
    "units": "debian_12_with_failures",
    "updates": "debian_12_up_to_date",
    "volumes": "proxmox_8_thin",
}
NAME = "nas"


def recorded(known: Mapping[str, Any]) -> dict[str, CommandOutput]:
    """Return its outputs by fact and reading; a fact without a case has nothing to tell."""
    outputs: dict[str, CommandOutput] = {}
    for fact in known:
        if fact not in CASES:
            continue
        told = json.loads((_CASES / fact / f"{CASES[fact]}.json").read_text(encoding="utf-8"))["readings"]
        outputs |= {f"{fact}/{reading}": decode(CommandOutput, output) for reading, output in told.items()}
    return outputs


_MORE_TIMERS = """
Unit=certbot.service
TimersCalendar={ OnCalendar=*-*-* 00,12:00:00 ; next_elapse=Sun 2026-11-22 00:00:00 UTC }
NextElapseUSecRealtime=
LastTriggerUSec=
Persistent=yes
Id=certbot.timer
WantedBy=timers.target
ActiveState=active
UnitFileState=enabled
ActiveEnterTimestamp=Sat 2026-11-21 16:24:26 UTC
ConditionResult=yes
ConditionTimestamp=Sat 2026-11-21 16:24:26 UTC

Unit=fstrim.service
TimersCalendar={ OnCalendar=Mon *-*-* 00:00:00 ; next_elapse=Mon 2026-11-23 00:00:00 UTC }
NextElapseUSecRealtime=
LastTriggerUSec=
Persistent=yes
Id=fstrim.timer
WantedBy=timers.target
ActiveState=active
UnitFileState=enabled
ActiveEnterTimestamp=Sat 2026-11-21 16:24:26 UTC
ConditionResult=yes
ConditionTimestamp=Sat 2026-11-21 16:24:26 UTC
"""


_RENEWAL = """\
Id=certbot.timer
Names=certbot.timer
Description=Run certbot twice daily
LoadState=loaded
ActiveState=active
SubState=waiting
UnitFileState=enabled
FragmentPath=/lib/systemd/system/certbot.timer
StateChangeTimestamp=Sat 2026-11-21 11:17:04 UTC"""


def timers(text: str, world: World) -> str:
    """Beside the recorded timers, one that renews certificates and one that trims disks once a week."""
    return any_timers(text.rstrip("\n") + "\n" + _MORE_TIMERS, world)


def units(text: str, world: World) -> str:
    """Of the recorded units the healthy ones."""
    blocks = [*text.strip("\n").split("\n\n"), _RENEWAL]
    kept = [block for block in blocks if "ActiveState=failed" not in block and "auto-restart" not in block]
    return "\n\n".join(kept) + "\n"


def unit_logs(_text: str, _world: World) -> str:
    return ""


def filesystems(text: str, _world: World) -> str:
    """Leave the missing USB disk out of fstab."""
    return "\n".join(line for line in text.splitlines() if "LABEL=backup" not in line) + "\n"


def kernel(_text: str, world: World) -> str:
    """A kernel is installed in the middle of the week and runs after the restart at its end."""
    old, new = "6.1.0-25-amd64", "6.1.0-28-amd64"
    has_new = world.is_after(INSTALLED_AFTER)
    at = int((world.begin + INSTALLED_AFTER).timestamp())
    lines = [f"running {new if world.has_restarted else old}", "modules there", f"installed {old} 1724932011"]
    lines += [f"installed {new} {at}"] if has_new else []
    built = "6.1.119-1" if world.has_restarted else "6.1.106-3"
    return "\n".join([*lines, f"build {built}", f"package {built}"]) + "\n"


def uname(text: str, world: World) -> str:
    text = text.replace(" m1 ", f" {NAME} ")
    return text.replace("6.1.0-25", "6.1.0-28") if world.has_restarted else text


def stale_programs(text: str, world: World) -> str:
    """Until the restart some services hold the library that was replaced."""
    if not world.is_after(INSTALLED_AFTER) or world.has_restarted:
        return text
    return "stale 700 nginx.service /usr/lib/x86_64-linux-gnu/libssl.so.3 nginx\nsees all\n"


def smart(text: str, world: World) -> str:
    """Disks get warm with work and older by the hour; a short self-test is done every week."""
    warm = int(8 * world.busy())
    hours = int(world.days * 24)
    text = re.sub(r'("temperature":\{"current":)(\d+)', lambda m: f"{m[1]}{int(m[2]) + warm}", text)
    text = re.sub(r'("power_on_time":\{"hours":)(\d+)', lambda m: f"{m[1]}{int(m[2]) + hours}", text)
    return re.sub(r'"time_t":\d+', f'"time_t":{int(world.now.timestamp())}', text)


def sensors(text: str, world: World) -> str:
    """Everything is some degrees warmer while it works; the board counts a throttling now and then."""
    warm = int(14_000 * world.busy())
    text = text.replace("temp 84850|84850|", "temp 41850|84850|")  # the recorded disk was too hot

    def warmed(match: re.Match[str]) -> str:
        value = int(match[1])
        return f"temp {value + warm if 20_000 < value < 60_000 else value}|"

    text = re.sub(r"^temp (-?\d+)\|", warmed, text, flags=re.MULTILINE)
    return re.sub(r"^throttle_count \d+", f"throttle_count {12 + int(world.days)}", text, flags=re.MULTILINE)


def supplies(text: str, world: World) -> str:
    """Its load goes up and down; once a week it tests its battery."""
    return re.sub(r"ups.load: \d+", f"ups.load: {18 + int(20 * world.busy())}", text)


def pools(text: str, world: World) -> str:
    """The pool is scrubbed on Sunday night, three hours long."""
    system = f"00:01:29 with 0 errors on {world.begin - timedelta(days=13):%a %b %e %H:%M:%S %Y}"
    text = re.sub(r"00:01:29 with 0 errors on .*", system, text)
    begun = world.last(2, 0, weekday=6)
    ended = begun + timedelta(hours=3, minutes=12)
    if world.now < ended:
        share = 100 * ((world.now - begun) / (ended - begun))
        scan = (
            f"  scan: scrub in progress since {begun:%a %b %e %H:%M:%S %Y}\n"
            f"\t7.41T / 9.81T scanned at 1.02G/s, 4.90T / 9.81T issued at 690M/s\n"
            f"\t0B repaired, {share:.2f}% done, 02:04:13 to go\n"
        )
    else:
        scan = f"  scan: scrub repaired 0B in 03:12:00 with 0 errors on {ended:%a %b %e %H:%M:%S %Y}\n"
    return re.sub(r"  scan: scrub in progress.*?to go\n", scan, text, flags=re.DOTALL)


def pool_list(text: str, world: World) -> str:
    """Photos are added every day, and snapshots hold what was deleted."""

    def grown(match: re.Match[str]) -> str:
        return f"pool\ttank\t{match[1]}\t{int(match[2]) + int(world.days * 6_000_000_000)}\t"

    return re.sub(r"pool\ttank\t(\d+)\t(\d+)\t", grown, text)


def snapshots(_text: str, world: World) -> str:
    """Twelve hourly snapshots, the newest of this hour, and thirty daily ones."""
    hour = world.now.replace(minute=0, second=0, microsecond=0)
    hourly = "\t".join(str(int((hour - timedelta(hours=n)).timestamp())) for n in range(11, -1, -1))
    day = hour.replace(hour=0)
    daily = "\t".join(str(int((day - timedelta(days=n)).timestamp())) for n in range(29, -1, -1))
    return f"series\tsanoid\trpool/data\t{hourly}\nseries\tsanoid\ttank/photos\t{daily}\n"


def datasets(text: str, _world: World) -> str:
    """Give the recorded share room in its quota."""
    return text.replace("tank/photos\t1048576000000\t1099511627776", "tank/photos\t648576000000\t1099511627776")


def ports(text: str, _world: World) -> str:
    """Leave out the recorded database that is open to everybody."""
    return "\n".join(line for line in text.splitlines() if ":6379" not in line) + "\n"


def links(text: str, world: World) -> str:
    """Packets are counted since boot; a few of millions arrive broken."""
    packets = int(world.uptime_seconds * 900)
    values = {"rx_packets": packets, "tx_packets": packets // 2, "rx_errors": int(world.uptime_seconds // 90_000)}
    for key, value in values.items():
        text = re.sub(rf"^{key} [1-9]\d*|^{key} 0", f"{key} {value}", text, flags=re.MULTILINE)
    return text


def names(text: str, world: World) -> str:
    """The router gives another address from the third day on, and both name servers know it."""
    return text.replace("192.168.1.10", "192.168.1.57") if world.is_after(RENEWED_AFTER) else text


def certificates(text: str, world: World) -> str:
    """certbot renews it on the third day and the web server loads it five minutes later."""
    at = world.begin + RENEWED_AFTER
    text = _dated(text, world.begin - timedelta(days=60))
    if world.now < at:
        return text
    new = _dated(text, at).replace("serial=04A1", "serial=04F7")
    if world.now >= at + timedelta(minutes=5):
        return new
    head, separator, tail = text.partition("file /etc/letsencrypt")
    return head + separator + new.partition("file /etc/letsencrypt")[2] if tail else text


def _dated(text: str, at: Any) -> str:
    text = re.sub(r"notBefore=.*", f"notBefore={at:%b %e %H:%M:%S %Y} GMT", text)
    return re.sub(r"notAfter=.*", f"notAfter={at + timedelta(days=90):%b %e %H:%M:%S %Y} GMT", text)


def cron(text: str, world: World) -> str:
    """anacron does its rounds in the morning."""
    rounds = {
        "cron.daily": world.last(7, 35),
        "cron.weekly": world.last(7, 47, weekday=0),
        "cron.monthly": world.now.replace(day=1, hour=7, minute=52),
    }
    for name, at in rounds.items():
        text = re.sub(rf"^round {name} \d+", f"round {name} {int(at.timestamp())}", text, flags=re.MULTILINE)
    return text


def btrfs(text: str, world: World) -> str:
    """Scrubbed once a month, two weeks ago at the begin."""
    at = world.begin - timedelta(days=14)
    return re.sub(r"Scrub started: .*", f"Scrub started:    {at:%a %b %e %H:%M:%S %Y}", text)


LIVE: Mapping[str, Live] = {
    "timers/timers": timers,
    "units/units": units,
    "units/logs": unit_logs,
    "filesystems/fstab": filesystems,
    "kernel/kernel": kernel,
    "os/kernel": uname,
    "stale_programs/maps": stale_programs,
    "disk_health/smart": smart,
    "sensors/sensors": sensors,
    "supplies/supplies": supplies,
    "pools/status": pools,
    "pools/list": pool_list,
    "datasets/datasets": datasets,
    "ports/ports": ports,
    "snapshots/snapshots": snapshots,
    "links/links": links,
    "names/names": names,
    "certificates/certificates": certificates,
    "cron/cron": cron,
    "btrfs/btrfs": btrfs,
}
