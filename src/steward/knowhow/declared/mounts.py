"""Judge what is mounted into a container by its path."""

from __future__ import annotations

import re

_SOCKET = re.compile(r"(?:docker|podman|containerd|crio|dockershim)\.sock(?:\.raw)?/?$")
_SYSTEM = re.compile(
    r"/(?:dev|proc|sys|run|var/run|tmp|etc|boot|lib|usr|var/log|var/lib/docker|var/lib/containers|var/cache|opt/vc|sbin|bin)"
    r"(?:/|$)"
)
_FILE = re.compile(r"\.(?!d$|local$|config$|cache$|data$)[A-Za-z][A-Za-z0-9]{0,9}$")
_CONFIGURATION = re.compile(
    r"\.(?:ya?ml|json|toml|ini|conf|cfg|cnf|xml|env|sh|py|js|lua|sql|html?|php|crt|key|pem|pub|properties|rules|txt|j2|"
    r"vcl|hcl|list|htpasswd|acl|tmpl|template|css|csv|alloy|cron)$",
    re.IGNORECASE,
)
_FILE_NAMES = re.compile(r"(?:Caddyfile|Corefile|Dockerfile|Makefile|crontab|passwd|htpasswd|config)$")


def is_runtime_socket(path: str) -> bool:
    """Tell whether a path is the socket of a container runtime."""
    return bool(_SOCKET.search(path))


def holds_data(source: str, *, is_read_only: bool) -> bool:
    """Tell whether what lies at a path of the machine is data a person would miss."""
    if is_read_only or source.endswith((".sock", ".socket")) or source in {"/", ""}:
        return False
    return not _SYSTEM.match(source)


def names_a_file(source: str, target: str) -> bool:
    """Tell whether a mount is meant to be a file: without it, Docker makes a folder of that name."""
    last, aim = source.rstrip("/").rpartition("/")[2], target.rstrip("/").rpartition("/")[2]
    if source.endswith("/"):
        return False
    if _CONFIGURATION.search(last) or (_FILE_NAMES.match(last) and last == aim and last != "config"):
        return True
    return bool(_FILE.search(last) and _CONFIGURATION.search(aim))
