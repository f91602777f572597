"""What a person pastes at a new machine, so that Steward may log in there: a user without rights, and one key.

Every text holds one key and nothing that was not checked; pasting it twice changes nothing more.
"""

from __future__ import annotations

import re
from enum import StrEnum

from steward.model.errors import InvalidInput

_KEY = re.compile(r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d{3}) [A-Za-z0-9+/]{40,2000}={0,2}(?: [\w@.-]{1,100})?")
"""A public key that may stand between any quotes."""


class Platform(StrEnum):
    """What a new machine runs."""

    DEBIAN = "debian"
    """Debian, Ubuntu and what is made of them."""
    PROXMOX = "proxmox"
    """A node of Proxmox VE."""
    NIXOS = "nixos"
    """NixOS."""
    DOCKER = "docker"
    """A container that is a machine of its own, made with Compose."""


_AS_USER = (
    "umask 077; mkdir -p ~/.ssh; cd ~/.ssh; chmod 700 .; touch authorized_keys; chmod 600 authorized_keys; "
    r"grep -qxF \"KEY\" authorized_keys || "
    r"{ tail -c 1 authorized_keys | grep -q . && echo >>authorized_keys; echo \"KEY\" >>authorized_keys; }"
)
"""Done as the new user: root writes nothing where that user could have put a link."""
_STATEMENTS = (
    '[ "$(id -u)" = 0 ] || { echo "Run this as root." >&2; exit 1; }',
    "cd /",
    'id steward >/dev/null 2>&1 || useradd --create-home --shell /bin/sh --password "*" steward',
    f'su steward -s /bin/sh -c "{_AS_USER}"',
    "key=/etc/ssh/ssh_host_ed25519_key.pub",
    '[ -r "$key" ] || { echo "There is no SSH server here: apt-get install openssh-server, then again." >&2; exit 1; }',
    'address=$(hostname -I 2>/dev/null | cut -d " " -f 1)',
    'port=$(/usr/sbin/sshd -T 2>/dev/null | sed -n "s/^port //p" | head -n 1)',
    '[ "${port:-22}" = 22 ] && port= || port=" --port $port"',
    'echo "User steward is there, with the key of Steward and no rights beyond its own."',
    'echo "Host key, to compare: $(ssh-keygen -lf "$key" | cut -d " " -f 2)"',
    'echo "Type where Steward runs: steward machines add $(hostname | cut -d . -f 1) ${address:-ADDRESS}$port"',
)
_DEBIAN = """\
# Paste this at the new machine, as root. It makes the user steward, without any rights, and lets in one key.
{command}
"""
_PROXMOX = """\
# Paste this at every node, as root. It makes the user steward, without any rights, and lets in one key.
{command}
# Guests without an SSH server are reached through their node: steward machines discover proxmox ADDRESS
"""
_NIXOS = """\
# Put this into the configuration of the new machine. It makes the user steward, without any rights, with one key.
services.openssh.enable = true;
users.groups.steward = { };
users.users.steward = {
  isNormalUser = true;
  group = "steward";
  hashedPassword = "*";
  openssh.authorizedKeys.keys = [ "KEY" ];
};
# Then, there:                nixos-rebuild switch && ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
# Then, where Steward runs:   steward machines add NAME ADDRESS, and compare the host key
"""
_DOCKER = """\
# compose.yaml of a container that is a machine of its own: an SSH server, the user steward without any rights, one key.
# A container that is there already needs none of this: steward machines add web web --transport docker --via HOST
services:
  machine:
    hostname: machine
    build:
      dockerfile_inline: |
        FROM debian:13-slim
        RUN apt-get update && apt-get install -y --no-install-recommends openssh-server procps iproute2 \\
         && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* && mkdir -p /run/sshd \\
         && useradd --create-home --shell /bin/sh --password '*' steward \\
         && install -d -m 700 -o steward -g steward /home/steward/.ssh \\
         && echo 'KEY' >/home/steward/.ssh/authorized_keys \\
         && chown steward: /home/steward/.ssh/authorized_keys && chmod 600 /home/steward/.ssh/authorized_keys
        CMD ["sh", "-c", "ssh-keygen -A && exec /usr/sbin/sshd -D -e"]
    ports:
      - "2222:22"
    volumes:
      - host-keys:/etc/ssh
    restart: unless-stopped
volumes:
  host-keys:
# Then, there:                docker compose up -d --build
#                             docker compose exec machine ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
# Then, where Steward runs:   steward machines add NAME ADDRESS --port 2222, and compare the host key
"""


def joining(platform: Platform, key: str) -> str:
    """Return what is pasted at a new machine of this platform.

    Raises:
        InvalidInput: the key is none that could stand between quotes.
    """
    if not _KEY.fullmatch(key):
        raise InvalidInput("Steward's own public key cannot be used", next_step="`steward doctor` tells more")
    texts = {Platform.NIXOS: _NIXOS, Platform.DOCKER: _DOCKER}
    if platform in texts:
        return texts[platform].replace("KEY", key)
    text = _PROXMOX if platform is Platform.PROXMOX else _DEBIAN
    return text.format(command=command(key))


def command(key: str) -> str:
    """Return one line for a POSIX shell; it holds no single quote, so that these can stand around it."""
    return f"sh -euc '{'; '.join(_STATEMENTS).replace('KEY', key)}'"
