"""Containers that scripts start with `docker run -d` or `podman run -d`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from steward.knowhow.declared.backup_tools import tool_of
from steward.knowhow.declared.compose_values import short_mount
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import is_image, pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.knowhow.declared.port_claims import claim_port
from steward.knowhow.declared.reader import Reader, Sources, folder_of
from steward.lib.detect.names import Weight, judge
from steward.model.declared import Declaration

_KIND = "docker-run"
_RUN = re.compile(r"\b(?:docker|podman)\s+(?:container\s+)?(?:run|create)\s")
_SWITCHES = {
    "-d",
    "--detach",
    "-i",
    "-t",
    "-it",
    "-ti",
    "-dit",
    "-itd",
    "-dt",
    "-td",
    "-di",
    "-id",
    "--rm",
    "--privileged",
    "--init",
    "--interactive",
    "--tty",
    "--read-only",
    "-P",
    "--publish-all",
    "--no-healthcheck",
    "--replace",
}
_MOST = 300


def claims(sources: Sources) -> Iterator[str]:
    """Yield every script that starts a container."""
    for path in sources.paths:
        if path.endswith((".sh", ".bash", ".zsh")) and _RUN.search(sources.text(path) or ""):
            yield path


def read(sources: Sources, path: str) -> Declaration:
    """Return the containers a script leaves running."""
    found = Found(path, project=folder_of(path) or path)
    for line, command in list(_commands(sources.text(path) or ""))[:_MOST]:
        _command(command, line, found)
    return found.declaration()


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every command that runs a container, lines that go on joined."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _RUN.search(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        parts, at = [line[match.end() :]], number
        while parts[-1].rstrip().endswith("\\") and at + 1 < len(lines) and len(parts) < 100:
            parts[-1] = parts[-1].rstrip()[:-1]
            at += 1
            parts.append(lines[at])
        yield number + 1, " ".join(parts)


def _command(command: str, line: int, found: Found) -> None:
    try:
        words = shlex.split(command.split(" | ", maxsplit=1)[0].split(" && ", maxsplit=1)[0], comments=True)
    except ValueError:
        words = command.split()
    options, image = _options(words)
    is_left = {"-d", "--detach", "-dit", "-itd", "-dt", "-td", "-di", "-id"} & {name for name, _ in options}
    if image is None or not is_image(image) or not (is_left or any(name == "--restart" for name, _ in options)):
        return
    given = [value for name, value in options if name == "--name"]
    name = given[-1] if given and "$" not in given[-1] else image.rpartition("/")[2].partition(":")[0]
    found.add_service(name, _KIND, line, image=image)
    found.add_image(image, name, line, pinned=pinned(image))
    by = tool_of(image)
    for option, value in options:
        _option(option, value, name, line, found, by=by)
    if not any(option == "--restart" for option, _ in options):
        found.problem("no-restart-policy", f"{name} has no restart policy", line)
    if not any(option.startswith("--health") for option, _ in options):
        found.problem("no-healthcheck", f"{name} has no health check", line)


def _options(words: list[str]) -> tuple[list[tuple[str, str]], str | None]:
    """Return options with their values, and the image: the first word that is neither."""
    options: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        word = words[at]
        if not word.startswith("-"):
            return options, word
        name, equals, value = word.partition("=")
        if equals or name in _SWITCHES:
            options.append((name, value))
            at += 1
        else:
            options.append((name, words[at + 1] if at + 1 < len(words) else ""))
            at += 2
    return options, None


def _option(option: str, value: str, name: str, line: int, found: Found, *, by: str | None) -> None:
    if option in {"-p", "--publish"}:
        claim_port(found, value, service=name, line=line, kind=_KIND)
    elif option in {"-v", "--volume"}:
        mount = short_mount(value)
        is_data = holds_data(mount.source, is_read_only=mount.is_read_only)
        if mount.source:
            found.add_volume(mount.source, mount.kind, line, service=name, target=mount.target, holds_data=is_data)
            if by:
                found.add_cover(mount.source, by, line)
        if is_runtime_socket(mount.source):
            found.problem("docker-socket", f"{name} can use {mount.source}", line)
    elif option == "--privileged":
        found.problem("privileged", f"{name} is privileged", line)
    elif option in {"--network", "--net"} and value == "host":
        found.problem("host-network", f"{name} shares the network of its machine", line)
    elif option in {"-e", "--env"}:
        named = judge(value.partition("=")[0])
        if named is not None and named.weight >= Weight.LIKELY:
            found.add_secret(value.partition("=")[0], "environment", line, service=name)


PLUGIN = Reader(name="scripts", summary="Containers started by scripts", claims=claims, read=read)
