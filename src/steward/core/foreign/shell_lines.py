"""Command lines of others as typed operations, where the catalogue has one that does exactly this.

A line is read as the shell gate reads it: literal words only. Whatever holds a variable, a pipe or a loop, and
whatever no operation does, is not taken over; the reason says what the gate thinks of it. Never a raw shell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from steward.core.foreign.imported import Known
from steward.lib.codec import CodecError, decode
from steward.lib.minishell import NotCanonical, Script, parse
from steward.model.gate import judge
from steward.model.policy import Verdict

_HOST = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_.-]*@)?([a-z0-9][a-z0-9.-]{0,62})")
_UNIT = re.compile(r"(?!-)[A-Za-z0-9:_.\\@-]{1,250}")
_UNIT_ENDINGS = (".service", ".socket", ".timer", ".mount", ".automount", ".path", ".target", ".swap", ".slice")
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}")
_PLACE = re.compile(r"/[^\s\x00]{0,300}")
_WORKFLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")
_MEGABYTES = {"M": 1, "G": 1024}
_DEEPEST = 3


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One operation, or the start of another workflow."""

    command: str = ""
    """Name of the operation; empty for a workflow."""
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its input without the machine."""
    machine: str = ""
    """Machine the line names; empty where it names none."""
    workflow: str = ""
    """Name of the workflow as the source calls it."""


def typed(line: str, known: Known) -> tuple[Typed, ...] | str:
    """Return the operations a line stands for, in their order, or why there are none."""
    try:
        script = parse(line)
    except NotCanonical as error:
        return f"it holds {error}; only literal command lines can become operations"
    found = _of_script(script, known, depth=0)
    return found or _why_not(line, known)


def _why_not(line: str, known: Known) -> str:
    judgement = judge(line, known.tools)
    if judgement.decision is Verdict.DENY:
        return f"the shell gate refuses it: {judgement.reason}"
    kind = judgement.effect.value.replace("_", "-")
    return f"no operation of the catalogue does this ({kind}: {judgement.reason})"


def _of_script(script: Script, known: Known, depth: int) -> tuple[Typed, ...]:
    """Return one operation or more for each command of a script, or nothing at all."""
    if any(operator != "&&" for operator in script.operators) or any(call.open_words for call in script.calls):
        return ()
    found: list[Typed] = []
    for call in script.calls:
        some = _of_call(call.argv, known, depth)
        if not some:
            return ()
        found += some
    return tuple(found)


def _of_call(argv: Sequence[str], known: Known, depth: int) -> tuple[Typed, ...]:
    words = list(argv)
    while words and words[0] == "sudo":
        words = words[2:] if words[1:2] == ["-n"] else words[1:]
    if words[:2] == ["claw", "ssh"]:
        words = words[1:]
    if words[:1] == ["ssh"]:
        return _remote(words[1:], known, depth)
    if words[:3] == ["claw", "workflow", "run"] and len(words) == 4 and _WORKFLOW.fullmatch(words[3]):
        return (Typed(workflow=words[3]),)
    program = words[0].rsplit("/", 1)[-1] if words else ""
    reader = _PROGRAMS.get(program)
    found = reader([program, *words[1:]]) if reader else ()
    return found if all(_fits(each, known) for each in found) else ()


def _remote(words: list[str], known: Known, depth: int) -> tuple[Typed, ...]:
    """Read `ssh HOST COMMAND`; options of ssh may change where it goes, so a line with any is not taken over."""
    host = _HOST.fullmatch(words[0]) if len(words) > 1 else None
    if host is None or depth >= _DEEPEST:
        return ()
    try:
        script = parse(" ".join(words[1:]))
    except NotCanonical:
        return ()
    inner = _of_script(script, known, depth + 1)
    if any(each.workflow for each in inner):
        return ()
    return tuple(replace(each, machine=each.machine or host[1]) for each in inner)


def _fits(found: Typed, known: Known) -> bool:
    """Tell whether the catalogue has the operation and takes this input."""
    operation = known.operations.get(found.command)
    if operation is None:
        return False
    try:
        decode(operation.input, {**found.input, "machine": "any"})
    except CodecError:
        return False
    return True


def _each(command: str, name: str, values: Sequence[str], shape: re.Pattern[str]) -> tuple[Typed, ...]:
    if not values or not all(shape.fullmatch(value) for value in values):
        return ()
    return tuple(Typed(command=command, input={name: value}) for value in values)


def _units(verb: str, names: Sequence[str]) -> tuple[Typed, ...]:
    command = _UNIT_COMMANDS.get(verb, "")
    full = [name if name.endswith(_UNIT_ENDINGS) else f"{name}.service" for name in names]
    return _each(command, "unit", full, _UNIT) if command else ()


_UNIT_COMMANDS = {
    "restart": "unit.restart",
    "start": "unit.start",
    "stop": "unit.stop",
    "reload": "unit.reload",
    "enable": "unit.enable",
    "disable": "unit.disable",
    "reset-failed": "unit.reset_failed",
}


def _systemctl(words: list[str]) -> tuple[Typed, ...]:
    if words[1:] == ["reboot"]:
        return (Typed(command="machine.reboot"),)
    return _units(words[1], words[2:]) if len(words) > 2 else ()


def _service(words: list[str]) -> tuple[Typed, ...]:
    is_plain = len(words) == 3 and words[2] in {"restart", "start", "stop", "reload"}
    return _units(words[2], [words[1]]) if is_plain else ()


def _docker(words: list[str]) -> tuple[Typed, ...]:
    engine, rest = words[0], words[1:]
    if rest[:2] == ["image", "prune"] and set(rest[2:]) <= {"-f", "--force"}:
        return (Typed(command="images.prune", input={"engine": engine}),)
    if rest[:1] == ["container"]:
        rest = rest[1:]
    verb, names = (rest[0], rest[1:]) if rest else ("", [])
    if verb in {"restart", "start", "stop", "pause", "unpause"}:
        return _each(f"container.{verb}", "container", names, _CONTAINER)
    if verb == "update" and len(names) == 2 and names[0].startswith("--restart=") and _CONTAINER.fullmatch(names[1]):
        policy = names[0].removeprefix("--restart=")
        return (Typed(command="container.update_restart_policy", input={"container": names[1], "policy": policy}),)
    return ()


def _restart_machine(words: list[str]) -> tuple[Typed, ...]:
    is_now = words == ["reboot"] or words in (["shutdown", "-r", "now"], ["shutdown", "-r", "+1"])
    return (Typed(command="machine.reboot"),) if is_now else ()


def _zpool(words: list[str]) -> tuple[Typed, ...]:
    return _each("pool.scrub", "pool", words[2:], _CONTAINER) if words[1:2] == ["scrub"] else ()


def _btrfs(words: list[str]) -> tuple[Typed, ...]:
    return _each("btrfs.scrub", "place", words[3:], _PLACE) if words[1:3] == ["scrub", "start"] else ()


def _mount(words: list[str]) -> tuple[Typed, ...]:
    if len(words) == 2:
        return _each("mount.mount", "place", words[1:], _PLACE)
    return _each("mount.remount", "place", words[3:], _PLACE) if words[1:3] == ["-o", "remount"] else ()


def _umount(words: list[str]) -> tuple[Typed, ...]:
    return _each("mount.detach", "place", words[2:], _PLACE) if words[1:2] in (["-l"], ["--lazy"]) else ()


def _journalctl(words: list[str]) -> tuple[Typed, ...]:
    size = re.fullmatch(r"--vacuum-size=([0-9]{1,6})([MG])", words[1]) if len(words) == 2 else None
    if size is None:
        return ()
    return (Typed(command="journal.vacuum", input={"keep_megabytes": int(size[1]) * _MEGABYTES[size[2]]}),)


def _packages(words: list[str]) -> tuple[Typed, ...]:
    return (Typed(command="packages.clean_cache"),) if words[1:] == ["clean"] else ()


def _dpkg(words: list[str]) -> tuple[Typed, ...]:
    return (Typed(command="packages.configure"),) if words[1:] in (["--configure", "-a"], ["-a", "--configure"]) else ()


def _certbot(words: list[str]) -> tuple[Typed, ...]:
    is_one = words[1:3] == ["renew", "--cert-name"] and len(words) == 4
    return _each("certificate.renew", "certificate", words[3:], _CONTAINER) if is_one else ()


_PROGRAMS: Mapping[str, Callable[[list[str]], tuple[Typed, ...]]] = {
    "systemctl": _systemctl,
    "service": _service,
    "docker": _docker,
    "podman": _docker,
    "reboot": _restart_machine,
    "shutdown": _restart_machine,
    "zpool": _zpool,
    "btrfs": _btrfs,
    "mount": _mount,
    "umount": _umount,
    "journalctl": _journalctl,
    "apt": _packages,
    "apt-get": _packages,
    "dpkg": _dpkg,
    "certbot": _certbot,
}
