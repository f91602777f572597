"""How containers were set up: what they may do, whether they come back, where their log goes, and who looks after them.

Of the labels only those by which Compose finds its containers again are read, and never a value of the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from steward.knowhow.container_engines import ENGINES, Answer, Question, answers
from steward.knowhow.outputs import dictionary, json_object, list_of, whole_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact

_MOST = 100
_LONGEST = 300
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@record
class Mounted:
    """A place of the machine, or a volume, that a container sees."""

    source: str
    """Place on the machine."""
    target: str
    """Place in the container."""
    is_writable: bool
    """Whether the container may change it."""


@record
class Compose:
    """What Compose wrote on a container it made."""

    project: str
    """Name of the project."""
    service: str
    """Name of the service."""
    folder: str
    """Folder of the project."""
    files: tuple[str, ...]
    """Compose files."""
    missing_files: tuple[str, ...]
    """Those of them that are gone from a folder that is there."""
    is_one_off: bool
    """Whether it is a single run, which nobody expects to stay."""


@record
class ContainerSettings:
    """How one container was set up."""

    name: str
    """Its name."""
    id: str
    """Its full id."""
    engine: str
    """`docker` or `podman`."""
    image: str
    """Image by name, as it was asked for."""
    image_id: str
    """Image by content, without the kind of sum."""
    is_privileged: bool
    """Whether it may do all that root of the machine may."""
    network_mode: str
    """`host`, `bridge`, a network."""
    pid_mode: str
    """`host` when it sees all programs of the machine."""
    capabilities: tuple[str, ...]
    """Rights added: `SYS_ADMIN`, without `CAP_`."""
    security: tuple[str, ...]
    """Options of security: `apparmor=unconfined`."""
    devices: tuple[str, ...]
    """Devices of the machine given to it."""
    mounts: tuple[Mounted, ...]
    """Places of the machine it sees."""
    host_ports: tuple[str, ...]
    """Ports of the machine it asks for, running or not: `80/tcp`, with the address in front where it asks for one."""
    restart_policy: str
    """`no`, `always`, `unless-stopped`, `on-failure`."""
    most_restarts: int
    """Times `on-failure` tries; 0 is for ever."""
    is_removed_when_off: bool
    """Whether it is thrown away when it ends."""
    log_driver: str
    """`json-file`, `local`, `journald`, `k8s-file`."""
    log_is_bounded: bool
    """Whether a size was set at which its log begins anew."""
    memory_limit_bytes: int
    """Most memory it may use; 0 is as much as there is."""
    has_health_check: bool
    """Whether it has a health check."""
    keeper: str
    """Who starts it: `compose`, `systemd`, `swarm`; empty when nobody says."""
    compose: Compose | None
    """What Compose wrote on it, or None."""


@record
class AllContainerSettings:
    """The settings of all containers Steward can see."""

    containers: dict[str, ContainerSettings]
    """By name; a name that Docker has too is followed by ` (podman)`."""
    has_compose: bool
    """Whether Docker's command knows `compose`."""
    unread: str
    """Why one of two engines could not be asked, or empty."""


def parse(outputs: Mapping[str, CommandOutput]) -> AllContainerSettings:
    """Join the engines as the fact `containers` does, so that the names are the same."""
    found, unread = answers(outputs)
    containers: dict[str, ContainerSettings] = {}
    for answer in found:
        missing = frozenset(line.removeprefix("missing ") for line in answer.lines if line.startswith("missing "))
        for value in (_named(line) for line in answer.lines if line.startswith("[")):
            name = word_of(value.get("name")).removeprefix("/")
            if name and word_of(value.get("id")):
                key = f"{name} ({answer.engine})" if name in containers else name
                containers[key] = _settings(name, answer, value, missing)
    has_compose = any(answer.engine == "docker" and "compose" in answer.lines for answer in found)
    return AllContainerSettings(containers=containers, has_compose=has_compose, unread=unread)


def _named(line: str) -> dict[str, Any]:
    return dict(zip(_NAMES, list_of(json_object(f'{{"told":{line}}}').get("told")), strict=False))


def _settings(name: str, answer: Answer, value: dict[str, Any], missing: frozenset[str]) -> ContainerSettings:
    policy = dictionary(value.get("policy"))
    compose = _compose(value, missing)
    return ContainerSettings(
        name=name,
        id=word_of(value.get("id")),
        engine=answer.engine,
        image=word_of(value.get("image"))[:_LONGEST],
        image_id=word_of(value.get("image_id")).removeprefix("sha256:"),
        is_privileged=value.get("privileged") is True,
        network_mode=word_of(value.get("network"))[:_LONGEST],
        pid_mode=word_of(value.get("pid"))[:_LONGEST],
        capabilities=tuple(sorted({one.upper().removeprefix("CAP_") for one in _words(value.get("capabilities"))})),
        security=_words(value.get("security")),
        devices=_words(value.get("devices")),
        mounts=tuple(_mounted(one) for one in map(list_of, list_of(value.get("mounts"))[:_MOST]) if len(one) == 3),
        host_ports=_host_ports(dictionary(value.get("bindings"))),
        restart_policy=word_of(policy.get("Name")) or "no",
        most_restarts=whole_of(policy.get("MaximumRetryCount")),
        is_removed_when_off=value.get("removed") is True,
        log_driver=word_of(value.get("log_driver")),
        log_is_bounded=word_of(value.get("log_most")) not in {"", "-1", "0B"},
        memory_limit_bytes=max(0, whole_of(value.get("memory"))),
        has_health_check=whole_of(value.get("health")) > 1,
        keeper="compose" if compose else word_of(value.get("keeper")),
        compose=compose,
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(one[:_LONGEST] for one in map(word_of, list_of(value)[:_MOST]) if one)


def _mounted(told: list[object]) -> Mounted:
    source, target, writable = told
    return Mounted(source=word_of(source)[:_LONGEST], target=word_of(target)[:_LONGEST], is_writable=writable is True)


def _compose(value: dict[str, Any], missing: frozenset[str]) -> Compose | None:
    """Read the labels; older Compose gives the files relative to the folder of the project.

    Whoever made the image can write such labels too, so that names Compose would not give are not taken.
    """
    project, service = word_of(value.get("project")), word_of(value.get("service"))
    if _PROJECT.fullmatch(project) is None or _SERVICE.fullmatch(service) is None:
        return None
    folder = word_of(value.get("folder"))
    named = [file for file in word_of(value.get("files")).split(",") if file][:20]
    return Compose(
        project=project,
        service=service,
        folder=folder,
        files=tuple(file if file.startswith("/") else f"{folder}/{file}" for file in named),
        missing_files=tuple(file for file in named if file in missing),
        is_one_off=word_of(value.get("one_off")).lower() == "true",
    )


def _host_ports(bindings: dict[str, Any]) -> tuple[str, ...]:
    """Read `{"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}`; no port means that any free one will do."""
    found: set[str] = set()
    for inner, places in list(bindings.items())[:_MOST]:
        protocol = "udp" if inner.endswith("/udp") else "tcp"
        for place in map(dictionary, list_of(places)[:_MOST]):
            address, port = word_of(place.get("HostIp")), word_of(place.get("HostPort"))
            where = "" if address in {"", "0.0.0.0", "::"} else f"{address[:40]}:"  # noqa: S104 - all addresses
            if port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536:
                found.add(f"{where}{port}/{protocol}")
    return tuple(sorted(found))


def traits(settings: AllContainerSettings) -> dict[str, str] | None:
    """Return what each container may do and whether it comes back."""
    if settings.unread:
        return None
    told: dict[str, str] = {}
    for name, one in settings.containers.items():
        rights = [*(["privileged"] if one.is_privileged else []), *one.capabilities, *one.devices]
        told[f"container {name}: rights"] = " ".join(rights)[:500] or "ordinary"
        told[f"container {name}: restart policy"] = one.restart_policy
        places = sorted(f"{mount.source}:{mount.target}" for mount in one.mounts)
        told[f"container {name}: mounts"] = " ".join(places)[:500] or "none"
    return told


_TEMPLATE = (
    '["{{.ID}}",{{json .Name}},{{json IMAGE}},"{{.Image}}",{{with .HostConfig}}{{.Privileged}},{{json .NetworkMode}},'
    "{{json .PidMode}},{{json .CapAdd}},{{json .PortBindings}},{{json .RestartPolicy}},{{.AutoRemove}},"
    '{{json .LogConfig.Type}},{{json MOST}},{{.Memory}},[{{range .SecurityOpt}}{{json (printf "%.60s" .)}},{{end}}0],'
    "[{{range .Devices}}{{json .PathOnHost}},{{end}}0],{{end}}"
    "[{{range .Mounts}}[{{json .Source}},{{json .Destination}},{{.RW}}],{{end}}0],"
    '{{with .Config}}{{with .Healthcheck}}{{len .Test}}{{else}}0{{end}}{{$c:="com.docker.compose."}}{{with .Labels}},'
    '"{{if index . "PODMAN_SYSTEMD_UNIT"}}systemd{{end}}{{if index . "com.docker.swarm.service.name"}}swarm{{end}}",'
    '{{index . (print $c "project")|json}},{{index . (print $c "service")|json}},'
    '{{index . (print $c "project.working_dir")|json}},{{index . (print $c "oneoff")|json}},'
    '{{index . (print $c "project.config_files")|json}}{{end}}{{end}}]'
)
"""A list, and not an object with keys: sudo takes regular expressions of up to 1024 characters."""
_NAMES = (
    *("id", "name", "image", "image_id", "privileged", "network", "pid", "capabilities", "bindings", "policy"),
    *("removed", "log_driver", "log_most", "memory", "security", "devices", "mounts", "health"),
    *("keeper", "project", "service", "folder", "one_off", "files"),
)
"""Of a health check it tells how many words it has: `NONE` alone is none."""
_DOCKER_WORDS = {"IMAGE": ".Config.Image", "MOST": '(index .LogConfig.Config "max-size")'}
_PODMAN_WORDS = {"IMAGE": ".ImageName", "MOST": ".LogConfig.Size"}
"""Where each engine keeps what the other keeps elsewhere."""


def _template(words: Mapping[str, str]) -> str:
    return _TEMPLATE.replace("IMAGE", words["IMAGE"]).replace("MOST", words["MOST"])


# A project that was brought up from another machine, or from inside a container, has a folder that is not here.
_FILES = r"""
printf '%s\n' "$answer" | sed -n 's/.*,"\([^"\\]*\)"]$/\1/p' | tr ',' '\n' | sort -u | head -n 200 |
    while IFS= read -r file; do
        case $file in
            /*) [ ! -e "$file" ] && [ -d "${file%/*}" ] && [ -x "${file%/*}" ] && printf 'missing %s\n' "$file" ;;
        esac
    done
for place in /usr/libexec/docker /usr/lib/docker /usr/local/lib/docker /usr/local/libexec/docker; do
    [ -x "$place/cli-plugins/docker-compose" ] && { echo compose; break; }
done
"""

QUESTION = Question(
    listing="ps --all --quiet --no-trunc",
    asking="inspect --type container --format",
    templates={"docker": _template(_DOCKER_WORDS), "podman": _template(_PODMAN_WORDS)},
    named="[0-9a-f ]+",
    after=_FILES,
)

PLUGIN = Fact[AllContainerSettings](
    name="container_settings",
    summary="How containers were set up: rights, mounts, restart policy, log, limits, and the Compose project.",
    readings=tuple(QUESTION.reading(engine) for engine in ENGINES),
    parse=parse,
    pause=timedelta(minutes=10),
    traits=traits,
    sudoers=QUESTION.sudoers(),
)
