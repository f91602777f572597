"""Until when distributions get security updates: dates as their makers publish them, looked up in November 2026.

The date is the end of what everybody gets by itself, Debian LTS included; support that must be ordered or paid for
(Ubuntu Pro, ELTS) does not count. Debian and Ubuntu are from the package distro-info-data 0.58. A release whose end
is not announced is left out, and so is not judged. To bring this up to date, change the table and `AS_OF`;
https://endoflife.date gathers the same dates in one place.
"""

from __future__ import annotations

from datetime import UTC, datetime

from steward.lib.record import record

AS_OF = "2026-11"
"""When the dates were looked up."""
_SOURCES = {
    "debian": "https://wiki.debian.org/LTS",
    "proxmox": "https://pve.proxmox.com/wiki/FAQ",
    "ubuntu": "https://wiki.ubuntu.com/Releases",
    "fedora": "https://fedorapeople.org/groups/schedule/",
    "alpine": "https://alpinelinux.org/releases/",
    "nixos": "https://nixos.org/blog/announcements/",
    "opensuse-leap": "https://en.opensuse.org/Lifetime",
    "centos": "https://www.centos.org/cl-vs-cs/",
    "rhel": "https://access.redhat.com/support/policy/updates/errata",
    "rocky": "https://wiki.rockylinux.org/rocky/version/",
    "almalinux": "https://wiki.almalinux.org/release-notes/",
}
_RHEL = {"6": "2020-11-30", "7": "2024-06-30", "8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"}
_DATES: dict[str, dict[str, str]] = {
    "debian": {
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    },
    "proxmox": {"9": "2020-07-31", "10": "2022-07-31", "11": "2024-07-31", "12": "2026-08-31"},
    "ubuntu": {
        "14.04": "2019-04-25",
        "16.04": "2021-04-30",
        "18.04": "2023-05-31",
        "20.04": "2025-05-31",
        "22.04": "2027-06-01",
        "23.04": "2024-01-25",
        "23.10": "2024-07-11",
        "24.04": "2029-05-31",
        "24.10": "2025-07-10",
        "25.04": "2026-01-15",
        "25.10": "2026-07-09",
        "26.04": "2031-05-29",
    },
    "fedora": {
        "36": "2023-05-16",
        "37": "2023-12-05",
        "38": "2024-05-21",
        "39": "2024-11-26",
        "40": "2025-05-13",
        "41": "2025-12-15",
        "42": "2026-05-13",
        "43": "2026-12-09",
    },
    "alpine": {
        "3.15": "2023-11-01",
        "3.16": "2024-05-23",
        "3.17": "2024-11-22",
        "3.18": "2025-05-09",
        "3.19": "2025-11-01",
        "3.20": "2026-04-01",
        "3.21": "2026-11-01",
        "3.22": "2027-05-01",
        "3.23": "2027-11-01",
    },
    "nixos": {
        "23.11": "2024-06-30",
        "24.05": "2024-12-31",
        "24.11": "2025-06-30",
        "25.05": "2025-12-31",
        "25.11": "2026-06-30",
        "26.05": "2026-12-31",
    },
    "opensuse-leap": {
        "15.3": "2022-12-31",
        "15.4": "2023-12-07",
        "15.5": "2024-12-31",
        "15.6": "2026-04-30",
        "16.0": "2027-10-31",
    },
    "centos": {"7": "2024-06-30", "8": "2024-05-31", "9": "2027-05-31"},
    "rhel": _RHEL,
    "rocky": {version: _RHEL[version] for version in ("8", "9", "10")},
    "almalinux": _RHEL | {"8": "2029-03-01"},
}
_SAME = {"raspbian": "debian", "ol": "rhel"}
"""Distributions that live as long as another."""


@record
class EndOfLife:
    """When a release gets no security updates any more."""

    at: datetime
    """From then on (UTC)."""
    source: str
    """Where its makers say so."""


def end_of_life(distribution: str, version: str) -> EndOfLife | None:
    """Return the end of a release by the id and version of os-release, or None for one that is not in the table.

    `3.19.4` is looked for as `3.19.4`, `3.19` and `3`.
    """
    known = _SAME.get(distribution, distribution)
    dates, parts = _DATES.get(known, {}), version.split(".")
    for count in range(len(parts), 0, -1):
        date = dates.get(".".join(parts[:count]))
        if date is not None:
            return EndOfLife(at=datetime.fromisoformat(date).replace(tzinfo=UTC), source=_SOURCES[known])
    return None
