"""Where the services of a machine keep their data: folders and volumes that their containers see."""

from __future__ import annotations

import re

from steward.knowhow.container_services import container_services
from steward.model.fact import Snapshot

_NO_DATA = ("/dev", "/proc", "/sys", "/run", "/var/run", "/etc/localtime", "/etc/timezone", "/lib/modules", "/etc/ssl")
"""Places of the machine that containers look at and keep nothing in."""
_NAMED = re.compile(r"/volumes/(?P<name>[^/]+)/_data(/|$)")
_NOBODYS = re.compile(r"[0-9a-f]{64}")


def data_places(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """Return the paths of each service that has any, sorted."""
    found: dict[str, tuple[str, ...]] = {}
    for service, members in container_services(snapshot).items():
        sources = {mount.source for member in members if member.settings for mount in member.settings.mounts}
        places = tuple(sorted(source for source in sources if source.startswith("/") and not _is_system(source)))
        if places:
            found[service] = places
    return found


def place_name(path: str) -> str:
    """Return the name of a volume that somebody named, else the path."""
    match = _NAMED.search(path)
    return match["name"] if match and not _NOBODYS.fullmatch(match["name"]) else path


def _is_system(source: str) -> bool:
    return source == "/" or any(source == each or source.startswith(each + "/") for each in _NO_DATA)
