"""The rooms of the house: what the navigation, the palette and the keys lead to."""

from __future__ import annotations

from dataclasses import dataclass

from steward.model.access import Right


@dataclass(frozen=True, kw_only=True)
class Room:
    """One place to go to."""

    name: str
    """Its words are `nav.<name>`."""
    address: str
    """Where it is."""
    icon: str
    """Its picture in the sprite."""
    letter: str = ""
    """`g` and then this leads there."""
    also: tuple[str, ...] = ()
    """Beginnings of other addresses that belong to it."""
    right: Right = Right.READ
    """What one must hold to be led there."""
    is_aside: bool = False
    """Whether a narrow screen keeps it under "More"."""

    def holds(self, path: str) -> bool:
        """Tell whether an address belongs to this room."""
        begins = path == self.address or path.startswith(f"{self.address.rstrip('/')}/")
        return (begins if self.address != "/" else path == "/") or path.startswith(self.also or ("\0",))


ROOMS: tuple[Room, ...] = (
    Room(name="now", address="/", icon="house", letter="n", also=("/findings/",)),
    Room(name="approvals", address="/approvals", icon="clipboard-check", letter="a", also=("/a/",)),
    Room(name="fleet", address="/fleet", icon="server", letter="f", also=("/m/", "/s/")),
    Room(name="work", address="/work", icon="activity", letter="w", also=("/r/", "/work/")),
    Room(name="knowledge", address="/knowledge", icon="book-open", letter="k", is_aside=True),
    Room(name="settings", address="/settings", icon="settings", letter="s", also=("/brakes",), is_aside=True),
)
"""Rooms of the whole house, in the order of the navigation."""

SETTINGS: tuple[Room, ...] = (
    Room(name="autonomy", address="/settings/autonomy", icon="shield"),
    Room(name="access", address="/settings/access", icon="users", right=Right.GOVERN),
    Room(name="grants", address="/settings/grants", icon="shield-check"),
    Room(name="security", address="/settings/security", icon="lock", also=("/settings/identity",)),
    Room(name="password", address="/settings/password", icon="key-round"),
    Room(name="setup", address="/setup/box", icon="list-checks", also=("/setup/",), right=Right.GOVERN),
    Room(name="values", address="/settings/values", icon="list"),
    Room(name="audit", address="/settings/audit", icon="scroll-text"),
    Room(name="doctor", address="/settings/doctor", icon="heart-pulse"),
    Room(name="about", address="/settings/about", icon="circle-help"),
)
"""Rooms of the settings."""
