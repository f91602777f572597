"""Containers of Docker and of root's Podman: how they stand, and what those in trouble wrote last.

The environment, labels and commands of a container may hold passwords, so they are never read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from steward.knowhow.outputs import dictionary, json_object, lines, list_of, text_of, whole_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_SECOND = 1_000_000_000
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what an engine calls all addresses, nothing is bound here


@record
class Port:
    """A port of a container that the machine publishes."""

    address: str
    """Address it is published on; `0.0.0.0` and `::` are all addresses."""
    port: int
    """Port on the machine."""
    protocol: str
    """`tcp` or `udp`."""


@record
class Container:
    """One container."""

    name: str
    """Its name."""
    id: str
    """Its full id; a container that was made anew has another one."""
    engine: str
    """`docker` or `podman`."""
    program: str
    """Absolute path of the engine's command."""
    needs_root: bool
    """Whether that command works for Steward through sudo only."""
    image: str
    """Image by name."""
    image_id: str
    """Image by content."""
    state: str
    """`running`, `restarting`, `exited`, `paused`, `created`, `dead`."""
    health: str
    """`healthy`, `unhealthy`, `starting`; empty when it has no health check."""
    health_seconds: int
    """Time its health check may take to tell, start period included; 0 without one."""
    restart_count: int
    """Restarts by its engine since somebody started it."""
    exit_code: int
    """Exit status of its last end; 0 while it runs for the first time."""
    is_out_of_memory: bool
    """Whether it was ended because its memory ran out."""
    error: str
    """Why the engine could not start it, or empty."""
    restart_policy: str
    """`no`, `always`, `unless-stopped`, `on-failure`; empty counts as `no`."""
    ports: tuple[Port, ...]
    """Published ports."""
    started_at: datetime | None
    """When it was started last (UTC), or None if never."""
    finished_at: datetime | None
    """When it ended last (UTC), or None if never."""
    log_lines: tuple[str, ...]
    """What it wrote last, for containers in trouble; written by outside programs."""


@record
class Containers:
    """All containers Steward can see; those of rootless engines of other users are not among them."""

    engine: str
    """`docker`, `podman`, `docker and podman`, or `none`."""
    containers: dict[str, Container]
    """By name; a name that Docker has too is followed by ` (podman)`."""
    unread: str
    """Why the containers of one of two engines could not be read, or empty."""


def parse(outputs: Mapping[str, CommandOutput]) -> Containers:
    """Join the engines; one that is there and cannot be asked makes the fact unavailable unless the other answers."""
    readings = {name: lines(text_of(outputs, name)) for name in ("docker", "podman")}
    engines = [name for name, said in readings.items() if said[0].startswith("engine ")]
    refused = [_refusal(said[0]) for said in readings.values() if said[0].startswith("refused ")]
    if refused and not engines:
        raise FactUnavailable("; ".join(refused))
    found: dict[str, Container] = {}
    for engine in engines:
        for one in _containers(engine, readings[engine]):
            found[f"{one.name} ({engine})" if one.name in found else one.name] = one
    return Containers(engine=" and ".join(engines) or "none", containers=found, unread="; ".join(refused))


def _refusal(line: str) -> str:
    """Say why an engine cannot be asked, and the sudoers lines that would change it."""
    _, user, program = [*line.split(" ", 2), "", ""][:3]
    if user in {"", "root"}:
        return f"{program} is here and does not answer"
    needed = "; ".join(f"{user} ALL=(root) NOPASSWD: {command}" for command in sudoers(program))
    return f"{program} is here and {user} may not ask it; these sudoers lines allow looking: {needed}"


def sudoers(program: str) -> tuple[str, ...]:
    """Return the commands that must be allowed to look through sudo; a dot stands for one character of the template."""
    template = re.sub(r"[^A-Za-z0-9 ]", ".", _FORMAT.replace("IMAGE", _IMAGES["podman" if "podman" in program else ""]))
    return (
        f"{program} ps --all --quiet --no-trunc",
        f"{program} ^inspect --type container --format {template} [0-9a-f ]+$",
        f"{program} ^logs --tail 5 [0-9a-f]+$",
    )


def _containers(engine: str, said: list[str]) -> list[Container]:
    """Read `container {json}` and `log ID TEXT` lines below the line `engine ACCESS PROGRAM`."""
    words = said[0].split(" ", 2)
    access, program = (words[1], words[2]) if len(words) == 3 else ("sudo", "")
    logs: dict[str, tuple[str, ...]] = {}
    for line in said:
        if line.startswith("log "):
            _, container, text = (*line.split(" ", 2), "")[:3]
            logs[container] = (*logs.get(container, ()), *([text] if text.strip() else []))[-5:]
    shown = (json_object(line.removeprefix("container ")) for line in said if line.startswith("container "))
    return [
        _container(engine, program, value, needs_root=access != "direct", log_lines=logs.get(word_of(value["id"]), ()))
        for value in shown
        if word_of(value.get("id")) and word_of(value.get("name"))
    ]


def _container(
    engine: str, program: str, value: dict[str, Any], *, needs_root: bool, log_lines: tuple[str, ...]
) -> Container:
    state = dictionary(value.get("state"))
    return Container(
        name=word_of(value.get("name")).removeprefix("/"),
        id=word_of(value.get("id")),
        engine=engine,
        program=program,
        needs_root=needs_root,
        image=word_of(value.get("image")),
        image_id=word_of(value.get("image_id")),
        state=word_of(state.get("Status")).replace("stopped", "exited"),
        health=word_of(dictionary(state.get("Health")).get("Status")).replace("none", ""),
        health_seconds=_health_seconds(value.get("health_check")),
        restart_count=whole_of(value.get("restart_count")),
        exit_code=whole_of(state.get("ExitCode")),
        is_out_of_memory=state.get("OOMKilled") is True,
        error=word_of(state.get("Error"))[:300],
        restart_policy=word_of(dictionary(value.get("policy")).get("Name")),
        ports=_ports(dictionary(value.get("ports"))),
        started_at=_moment(word_of(state.get("StartedAt"))),
        finished_at=_moment(word_of(state.get("FinishedAt"))),
        log_lines=log_lines,
    )


def _health_seconds(value: object) -> int:
    """Return start period and as many rounds as it takes to fail; 30 s a round is the engines' default."""
    check = dictionary(value)
    if not check:
        return 0
    interval = whole_of(check.get("interval")) or 30 * _SECOND
    period = whole_of(check.get("start")) + (whole_of(check.get("retries")) or 3) * interval
    return min(3600, period // _SECOND + 1)


def _ports(published: dict[str, Any]) -> tuple[Port, ...]:
    """Read `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}`; Podman leaves the address for all empty."""
    found: set[tuple[int, str, str]] = set()
    for inner, places in published.items():
        for place in map(dictionary, list_of(places)):
            port = word_of(place.get("HostPort"))
            if port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536:
                found.add((int(port), word_of(place.get("HostIp")) or EVERYWHERE, inner.partition("/")[2] or "tcp"))
    return tuple(Port(port=port, address=address, protocol=protocol) for port, address, protocol in sorted(found))


def _moment(text: str) -> datetime | None:
    """Read RFC 3339 with any number of decimals; the year 1 stands for never."""
    try:
        at = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
        offset = datetime.fromisoformat("2000-01-01T00:00:00" + text[-6:]).utcoffset() if text[-6:-5] in "+-" else None
        at = at if offset is None else at - offset
    except (ValueError, OverflowError):
        return None
    return at if at.year > 1 else None


_FORMAT = (
    "{{.ID}} {{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} "
    '{"id":{{json .ID}},"name":{{json .Name}},"image_id":{{json .Image}},"image":{{json IMAGE}},'
    '"restart_count":{{json .RestartCount}},"policy":{{json .HostConfig.RestartPolicy}},'
    '"ports":{{json .NetworkSettings.Ports}},"health_check":{{with .Config.Healthcheck}}'
    '{"interval":{{json .Interval}},"start":{{json .StartPeriod}},"retries":{{json .Retries}}}{{else}}null{{end}},'
    '"state":{{json .State}}}'
)
_IMAGES = {"": ".Config.Image", "podman": ".ImageName"}
"""Where each engine keeps the name of the image."""
_READ = """\
export LC_ALL=C
[ -x "$program" ] || { echo none; exit 0; }
list='ps --all --quiet --no-trunc'
if [ "$direct" = yes ] && "$program" $list >/dev/null 2>&1; then
    access=direct run="$program"
elif [ "$(id -u)" != 0 ] && sudo -n "$program" $list >/dev/null 2>&1; then
    access=sudo run="sudo -n $program"
else
    echo "refused $(id -un) $program"; exit 0
fi
echo "engine $access $program"
containers=$($run $list | head -n 500)
[ -n "$containers" ] || exit 0
$run inspect --type container --format "$format" $containers 2>/dev/null | {
    logged=0
    while IFS=' ' read -r id status code restarts value; do
        printf 'container %s\\n' "$value"
        case "$status $code $restarts $value" in
            running\\ *'"Status":"unhealthy"'*) ;;
            running\\ 0\\ 0\\ * | running\\ *\\ 0\\ * | created\\ * | exited\\ 0\\ * | paused\\ *) continue ;;
        esac
        logged=$((logged + 1))
        [ $logged -le 10 ] || continue
        $run logs --tail 5 "$id" </dev/null 2>&1 | tail -n 5 | cut -c 1-400 |
            while IFS= read -r line; do printf 'log %s %s\\n' "$id" "$line"; done
    done
}
exit 0
"""
_DOCKER = f"""\
direct=yes
for program in /usr/bin/docker /usr/local/bin/docker /snap/bin/docker; do [ -x "$program" ] && break; done
[ -S /run/docker.sock ] || [ -S /var/run/docker.sock ] || program=
case "$(readlink -f "$program")" in *podman*) program= ;; esac
format='{_FORMAT.replace("IMAGE", _IMAGES[""])}'
"""
_PODMAN = f"""\
direct=no program=/usr/bin/podman
[ "$(id -u)" = 0 ] && direct=yes
[ -d /var/lib/containers/storage ] || program=
format='{_FORMAT.replace("IMAGE", _IMAGES["podman"])}'
"""


def traits(containers: Containers) -> dict[str, str] | None:
    """Return what each container is made from, what it publishes, and whether it is there at all."""
    if containers.unread:
        return None
    told: dict[str, str] = {}
    for name, one in containers.containers.items():
        ports = sorted({f"{port.address}:{port.port}/{port.protocol}" for port in one.ports})
        told[f"container {name}: image"] = f"{one.image} {one.image_id.removeprefix('sha256:')[:12]}".strip()
        told[f"container {name}: ports"] = " ".join(ports) or "none"
    return told


def samples(containers: Containers) -> dict[str, float]:
    """Return which containers work; one that did its job and ended was never meant to stay."""
    return {f"{name} up": float(_works(one)) for name, one in containers.containers.items() if _is_to_stay(one)}


def _works(one: Container) -> bool:
    return one.state == "running" and one.health != "unhealthy"


def _is_to_stay(one: Container) -> bool:
    if one.state in {"running", "restarting"}:
        return True
    return one.started_at is not None and one.restart_policy in {"always", "unless-stopped"}


PLUGIN = Fact[Containers](
    name="containers",
    summary="Containers of Docker and Podman: state, health, restarts, ports, and the last lines of those in trouble.",
    readings=(
        Reading(name="docker", argv=("sh", "-c", _DOCKER + _READ), timeout_seconds=20, output_limit=1_048_576),
        Reading(name="podman", argv=("sh", "-c", _PODMAN + _READ), timeout_seconds=20, output_limit=1_048_576),
    ),
    parse=parse,
    samples=samples,
    series=(Series(ending="up", unit=Unit.UP, matters=True),),
    traits=traits,
    sudoers=sudoers("/usr/bin/docker") + sudoers("/usr/bin/podman"),
)
