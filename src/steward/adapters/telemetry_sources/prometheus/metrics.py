"""What node_exporter measures, and how Steward calls it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from steward.lib.text import visible_line
from steward.model.telemetry import TelemetrySource

_LONGEST_NAME = 200
_SLOT = re.compile(r"\{(\w+)\}")
_NO_ROOM = "tmpfs|ramfs|devtmpfs|squashfs|overlay|iso9660|nsfs|autofs|fuse.lxcfs|efivarfs"
_INNER = "lo|(veth|docker|br|virbr|vmbr|vnet|tap|fwbr|fwpr|fwln|cni|flannel|cali|podman|lxc|dummy|ifb).*"
_NARROWED = {
    "": "",
    "F": f',fstype!~"{_NO_ROOM}"',
    "D": f',device!~"{_INNER}"',
    "I": ',mode="idle"',
    "B": ',mode!~"idle|iowait"',
}
_PLACE = re.compile(r"\$([FDIB]?)")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number of Steward's, and the question whose answer it is."""

    fact: str
    """Fact it belongs to."""
    name: str
    """Name within it; `{mountpoint}` stands for a label."""
    query: str
    """Question; `$` stands for the labels that name the machine, with a letter for what narrows them down."""
    is_counter: bool = False
    """Whether it only counts up, so that its value at the begin of an hour is what is kept of the hour."""

    def asked(self, source: TelemetrySource, host: str) -> str:
        """Return the question about one machine."""
        labels = selector(source, host)
        return _PLACE.sub(lambda found: f"{{{labels}{_NARROWED[found[1]]}}}", self.query)

    def named(self, labels: Mapping[str, str]) -> str | None:
        """Return the name for what carries these labels; None when one is missing or cannot be part of a name."""
        words = [labels.get(slot, "") for slot in _SLOT.findall(self.name)]
        if not all(words):
            return None
        name = visible_line(_SLOT.sub(lambda found: labels[found[1]], self.name))
        return name if len(name) <= _LONGEST_NAME else None


def selector(source: TelemetrySource, host: str | None = None) -> str:
    """Return the labels that name a machine, or all of this source's; every value is quoted, wherever it came from."""
    wanted = dict(source.match or {}) | ({} if host is None else {source.label: host})
    return ",".join(f"{label}={json.dumps(value)}" for label, value in sorted(wanted.items()))


def hosts_query(source: TelemetrySource) -> str:
    """Return the question which machines there are."""
    return f"count by ({source.label}) (node_load1{{{selector(source)}}})"


METRICS = (
    Metric(
        fact="filesystems",
        name="{mountpoint} used_bytes",
        query="node_filesystem_size_bytes$F - node_filesystem_free_bytes$F",
    ),
    Metric(fact="filesystems", name="{mountpoint} available_bytes", query="node_filesystem_avail_bytes$F"),
    Metric(
        fact="filesystems",
        name="{mountpoint} inodes_used_percent",
        query="100 - 100 * node_filesystem_files_free$F / node_filesystem_files$F",
    ),
    Metric(fact="memory", name="total_bytes", query="node_memory_MemTotal_bytes$"),
    Metric(fact="memory", name="available_bytes", query="node_memory_MemAvailable_bytes$"),
    Metric(
        fact="memory",
        name="used_percent",
        query="100 - 100 * node_memory_MemAvailable_bytes$ / node_memory_MemTotal_bytes$",
    ),
    Metric(fact="memory", name="swap_used_bytes", query="node_memory_SwapTotal_bytes$ - node_memory_SwapFree_bytes$"),
    Metric(fact="load", name="load_1", query="node_load1$"),
    Metric(fact="load", name="load_15", query="node_load15$"),
    Metric(fact="load", name="processors", query="count without (cpu, mode) (node_cpu_seconds_total$I)"),
    Metric(
        fact="load",
        name="busy_seconds",
        query="sum without (cpu, mode) (node_cpu_seconds_total$B)",
        is_counter=True,
    ),
    Metric(fact="traffic", name="{device} received_bytes", query="node_network_receive_bytes_total$D", is_counter=True),
    Metric(fact="traffic", name="{device} sent_bytes", query="node_network_transmit_bytes_total$D", is_counter=True),
    Metric(fact="sensors", name="{chip} {sensor} celsius", query="node_hwmon_temp_celsius$"),
)
"""Temperatures carry the names of node_exporter, which differ from those Steward reads itself."""
