"""A use of each operation of containers that came with their settings and images, and the facts for it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from steward.knowhow.facts.images import EngineImages, Image, Images
from tests.unit.knowhow.container_snapshots import COMPOSE, SETTINGS, settings

_PLAIN = Image(
    id="1" * 64,
    engine="docker",
    tags=(),
    digests=("caddy@sha256:" + "1" * 64,),
    created_at=datetime(2026, 10, 1, tzinfo=UTC),
    size_bytes=50_000_000,
)
_IMAGES = (_PLAIN, replace(_PLAIN, id="2" * 64, tags=("caddy:2",)), replace(_PLAIN, id="3" * 64))
IMAGES = Images(
    images={one.id: one for one in _IMAGES},
    engines={"docker": EngineImages(program="/usr/bin/docker", needs_root=True, nameless="111111111111 333333333333")},
    unread="",
)

SEEN: dict[str, Any] = {"container_settings": settings(replace(SETTINGS, compose=COMPOSE)), "images": IMAGES}
USES: list[tuple[str, dict[str, Any]]] = [
    ("container.pause", {"container": "web"}),
    ("container.unpause", {"container": "paused"}),
    ("container.update_restart_policy", {"container": "web", "policy": "unless-stopped"}),
    ("container.recreate", {"container": "web"}),
    ("images.prune", {"engine": "docker"}),
]
