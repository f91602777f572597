"""How much room the logs of Docker's containers take. Only root may look into Docker's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_FOLDER = "/var/lib/docker/containers"
_LOG = re.compile(rf"([0-9]+)\s+{_FOLDER}/([0-9a-f]{{64}})/[0-9a-f]{{64}}-json\.log(\.[0-9]+)?")


@record
class ContainerLogs:
    """The logs that Docker keeps as files."""

    bytes: dict[str, int]
    """Room taken by the log of each container, by its full id, older parts included."""


def parse(outputs: Mapping[str, CommandOutput]) -> ContainerLogs:
    """Add up the files; a machine without Docker has none."""
    if text_of(outputs, "engine").strip() != "docker":
        return ContainerLogs(bytes={})
    output = outputs.get("files")
    if output is not None and output.exit_code not in {0, None} and "sudo" in output.stderr:
        msg = f"only root may look into {_FOLDER}; `steward machines rights` prints the line for sudo"
        raise FactUnavailable(msg)
    found: dict[str, int] = {}
    for line in lines(text_of(outputs, "files", may_fail=True)):
        match = _LOG.fullmatch(line)
        if match is not None:
            found[match[2]] = found.get(match[2], 0) + (whole(match[1]) or 0) * 1024
    return ContainerLogs(bytes=found)


PLUGIN = Fact[ContainerLogs](
    name="container_logs",
    summary="Room that the logs of Docker's containers take.",
    readings=(
        Reading(name="engine", argv=("sh", "-c", "[ -d /var/lib/docker ] && echo docker; exit 0")),
        Reading(
            name="files",
            argv=("/usr/bin/du", "-ak", _FOLDER),
            timeout_seconds=30,
            output_limit=4_194_304,
            needs_root=True,
        ),
    ),
    parse=parse,
    pause=timedelta(hours=1),
    sudoers=(f"/usr/bin/du -ak {_FOLDER}",),
)
