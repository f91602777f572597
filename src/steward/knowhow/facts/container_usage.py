"""What running containers use of what they may use, read from the kernel: no engine is asked, and no right is needed.

Also containers of rootless engines are seen, which no engine of root would tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 500
_ID = re.compile(r"[0-9a-f]{64}")
_NO_LIMIT = 2**50
"""The kernel's older way to say that there is none is a number larger than any memory."""


@record
class ContainerUsage:
    """What one running container uses."""

    id: str
    """Full id of the container."""
    user_id: int
    """User whose engine runs it; 0 is root."""
    held_bytes: int
    """Memory that cannot be given back, save to swap: what its programs hold, and its files in memory."""
    memory_limit_bytes: int
    """Most memory it may use; 0 is as much as there is."""
    out_of_memory_kills: int
    """Programs in it that were ended for want of memory since it was started."""
    tasks: int
    """Its processes and threads."""
    most_tasks: int
    """Most of them it may have; 0 is any number."""


@record
class ContainersUsage:
    """What all running containers use."""

    containers: dict[str, ContainerUsage]
    """By full id."""


def parse(outputs: Mapping[str, CommandOutput]) -> ContainersUsage:
    """Read one block of `KEY VALUE` lines for each container; the kernel names the numbers of its two layouts apart."""
    containers: dict[str, ContainerUsage] = {}
    values: dict[str, str] = {}
    for line in [*lines(text_of(outputs, "usage")), "container"]:
        key, _, value = line.partition(" ")
        if key == "container":
            if _ID.fullmatch(values.get("container", "")) and len(containers) < _MOST:
                containers[values["container"]] = _usage(values)
            values = {}
        values[key] = value
    return ContainersUsage(containers=containers)


def _usage(values: Mapping[str, str]) -> ContainerUsage:
    numbers = {key: whole(value) or 0 for key, value in values.items()}
    limit = numbers.get("limit", 0)
    anonymous = numbers.get("total_rss", 0) if "total_rss" in numbers else numbers.get("anon", 0)
    shared = numbers.get("total_shmem", 0) if "total_shmem" in numbers else numbers.get("shmem", 0)
    return ContainerUsage(
        id=values["container"],
        user_id=numbers.get("user", 0),
        held_bytes=anonymous + shared,
        memory_limit_bytes=limit if limit < _NO_LIMIT else 0,
        out_of_memory_kills=numbers.get("oom_kill", 0),
        tasks=numbers.get("tasks", 0),
        most_tasks=numbers.get("most_tasks", 0),
    )


_USAGE = """\
export LC_ALL=C
base=/sys/fs/cgroup pids=/sys/fs/cgroup
[ -d $base/memory ] && base=/sys/fs/cgroup/memory pids=/sys/fs/cgroup/pids
one() { value=; { IFS= read -r value <"$2"; } 2>/dev/null && printf '%s %.20s\\n' "$1" "$value"; }
some() {
    while read -r key value; do
        case $key in anon | shmem | total_rss | total_shmem | oom_kill) printf '%s %.20s\\n' "$key" "$value" ;; esac
    done <"$1"
} 2>/dev/null
for place in $base/docker/????????????* $base/system.slice/docker-*.scope $base/machine.slice/libpod-*.scope \\
    $base/libpod_parent/libpod-* $base/system.slice/*.service/libpod-payload-* \\
    $base/user.slice/user-*.slice/user@*.service/*.slice/libpod-*.scope \\
    $base/user.slice/user-*.slice/user@*.service/*.slice/docker-*.scope; do
    [ -d "$place" ] || continue
    id=${place##*/} id=${id#docker-} id=${id#libpod-} id=${id#payload-} id=${id%.scope}
    [ ${#id} = 64 ] || continue
    user=${place#*/user@}
    [ "$user" = "$place" ] && user=0
    printf 'container %s\\nuser %s\\n' "$id" "${user%%.service*}"
    one limit "$place/memory.max"
    one limit "$place/memory.limit_in_bytes"
    some "$place/memory.stat"
    some "$place/memory.events"
    some "$place/memory.oom_control"
    one tasks "$pids${place#"$base"}/pids.current"
    one most_tasks "$pids${place#"$base"}/pids.max"
done
exit 0
"""

PLUGIN = Fact[ContainersUsage](
    name="container_usage",
    summary="Memory and tasks of running containers beside what they may use at most, rootless ones included.",
    readings=(Reading(name="usage", argv=("sh", "-c", _USAGE), output_limit=524_288),),
    parse=parse,
)
