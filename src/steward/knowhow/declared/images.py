"""Read references to container images."""

from __future__ import annotations

import re

_DIGEST = re.compile(r"@[a-z0-9+._-]+:[0-9a-fA-F$]")


def pinned(image: str) -> str:
    """Tell by what a reference is held: `digest`, `tag`, `latest` (a tag that moves), `none` or `unknown`."""
    if _DIGEST.search(image):
        return "digest"
    last = image.rpartition("/")[2]
    _, colon, tag = last.partition(":")
    if any(mark in tag or (not colon and mark in last) for mark in ("$", "{{", "\u2983")):
        return "unknown"
    if not colon or not tag:
        return "none"
    return "latest" if tag == "latest" else "tag"


def joined(repository: str, tag: str | None, digest: str | None, registry: str | None = None) -> str:
    """Write the parts that charts keep apart as one reference."""
    image = f"{registry.rstrip('/')}/{repository}" if registry else repository
    image += f":{tag}" if tag else ""
    return image + (f"@{digest}" if digest else "")


_PLAIN = re.compile(r"[a-zA-Z0-9${(][\w.$(){}/:@+-]*")


def is_image(text: str | None) -> bool:
    """Tell whether a text can be a reference."""
    return bool(text) and bool(_PLAIN.fullmatch(text or ""))
