"""Which waiting updates Steward installs itself: by name and exact version, with apt."""

from __future__ import annotations

import re

from steward.knowhow.facts.updates import Update, Updates

MOST_AT_ONCE = 20
"""More than a person reads before saying yes."""
NAME = r"[a-z0-9][a-z0-9+.-]+"
VERSION = r"[A-Za-z0-9.+:~-]+"
_PROTECTED = re.compile(r"(linux-(image|headers|modules)|proxmox-kernel|pve-kernel|grub|shim|systemd-boot|steward).*")


def why_not(name: str, update: Update) -> str:
    """Return why an update is left to a person, or an empty text when it is not."""
    if not update.installed:
        return "it is not installed, and would come new"
    if _PROTECTED.fullmatch(name):
        return "the machine boots with it"
    is_plain = re.fullmatch(NAME, name) and re.fullmatch(VERSION, update.candidate)
    is_plain = is_plain and re.fullmatch(VERSION, update.installed)
    return "" if is_plain else "its name or version is unusual"


def upgradable(updates: Updates) -> tuple[str, ...]:
    """Return the security updates that can be installed by name, at most 20."""
    if updates.manager != "apt":
        return ()
    fit = (name for name, one in updates.updates.items() if one.is_security and not why_not(name, one))
    return tuple(fit)[:MOST_AT_ONCE]
