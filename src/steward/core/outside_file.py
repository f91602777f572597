"""Read `outside.yaml`: every problem at once, with its line and what to do."""

from __future__ import annotations

import re
from collections.abc import Collection

from steward.core.sources import Source
from steward.lib.text import nearest, visible_line
from steward.lib.yaml_nodes import Path
from steward.model.outside import OUTSIDE_FILE, OutsideRules, WatchedName, place_of

NO_OUTSIDE = "names: []\n"
"""What a missing file means."""
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)+")
_REGISTRY = re.compile(r"(?:http://)?[a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
_MOST_NAMES = 64


def parse_outside(text: str, *, file: str = OUTSIDE_FILE, machines: Collection[str] | None = None) -> OutsideRules:
    """Read the text of the file; with `machines` a name of a machine that is none of them is a problem.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text or NO_OUTSIDE, file=file)
    rules = source.decode(OutsideRules, ()) or OutsideRules()
    for index, one in enumerate(rules.names):
        _check_name(source, ("names", index), one)
    for index, registry in enumerate(rules.registries):
        if not _REGISTRY.fullmatch(registry):
            step = "write the host as it stands in names of images: `docker.io`, `ghcr.io`, `http://registry.lan:5000`"
            source.note(("registries", index), f"`{visible_line(registry)}` is no registry", next_step=step)
    for index, host in enumerate(rules.http_targets):
        if not _HOST.fullmatch(host):
            step = "write a name or an IPv4 address in small letters, with `:PORT` or without: `api.example.net`"
            source.note(("http_targets", index), f"`{visible_line(host)}` is no host", next_step=step)
    _check_unique(source, rules)
    if machines is not None:
        _check_machines(source, rules, machines)
    source.end()
    return rules


def _check_name(source: Source, at: Path, one: WatchedName) -> None:
    if not _NAME.fullmatch(one.name):
        step = "write it in small letters with all its parts: `cloud.example.net`"
        source.note((*at, "name"), f"`{visible_line(one.name)}` is no name of a host", next_step=step)
    for field in ("inside", "outside"):
        server = str(getattr(one, field))
        if place_of(server) is None:
            step = "write its IP address, `192.168.1.2`, with `:PORT` when it is not 53"
            source.note((*at, field), f"`{visible_line(server)}` is no name server", next_step=step)
    if place_of(one.inside) == place_of(one.outside) and place_of(one.inside) is not None:
        step = "name one of the lab and one of the internet"
        source.note((*at, "outside"), "it is the same name server as inside", next_step=step)


def _check_unique(source: Source, rules: OutsideRules) -> None:
    seen: set[str] = set()
    for index, one in enumerate(rules.names):
        if one.name in seen:
            what = f"`{visible_line(one.name)}` is there already"
            source.note(("names", index, "name"), what, next_step="remove one of the two")
        seen.add(one.name)
    if len(rules.names) > _MOST_NAMES:
        source.note(("names", _MOST_NAMES), f"more than {_MOST_NAMES} names", next_step="keep those that matter")


def _check_machines(source: Source, rules: OutsideRules, machines: Collection[str]) -> None:
    named: list[tuple[Path, str]] = [(("names", i, "machine"), one.machine) for i, one in enumerate(rules.names)]
    named += [(("quiet", i), name) for i, name in enumerate(rules.quiet)]
    for path, name in named:
        if name not in machines:
            near = nearest(name, machines)
            step = f"did you mean `{near}`?" if near else "see `steward machines ls`"
            source.note(path, f"there is no machine `{visible_line(name)}`", next_step=step)
