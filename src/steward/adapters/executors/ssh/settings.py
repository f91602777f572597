"""Settings of the SSH executor."""

from __future__ import annotations

from steward.lib.record import record


@record
class SshSettings:
    """Settings of the SSH executor."""

    config_file: str = ""
    """OpenSSH client configuration that is honored; empty means none."""
    known_hosts_file: str = ""
    """Host keys of jump hosts that are not in the inventory; empty means `known_hosts` beside the configuration."""
    identity_files: tuple[str, ...] = ()
    """Private keys tried when neither the machine nor the configuration names one: Steward's own key."""
    connect_seconds: int = 10
    """Longest a connection may take, login included; what is slower than this in a house is broken."""
    keepalive_seconds: int = 5
    """Silence after which the other end is asked whether it is there; the third silence ends the link: 15 s."""
    connects_at_once: int = 64
    """Most connections being opened at the same time; each one costs a key exchange."""
    pause_seconds: int = 5
    """First pause before a machine that did not answer is looked at again; it doubles with each failure."""
    longest_pause_seconds: int = 300
    """Longest such pause, so that a machine that comes back is seen within five minutes."""
