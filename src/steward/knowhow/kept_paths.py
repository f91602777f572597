"""Which files may be kept in git, which of them Steward may write, and which belong to another tool."""

from __future__ import annotations

import re

from steward.lib.text import visible_line

_LONGEST_PATH = 1_000
_LONGEST_NAME = 200
_NOT_ON_DISK = re.compile(r"/(proc|sys|dev|run|var/run)/.*")
_PLAIN = re.compile(r"(/[A-Za-z0-9@._+-]+)+")
_PROTECTED: tuple[tuple[str, str], ...] = (
    (r"/etc/(ssh|dropbear)/.*|.*/\.ssh/.*|.*/authorized_keys[^/]*", "it is the way in"),
    (
        r"/etc/(sudoers|sudoers\.d/.*|doas\.conf|passwd|group|shadow|gshadow|subuid|subgid|nsswitch\.conf|shells)-?"
        r"|/etc/(pam\.d|pam\.conf|security|polkit-1|krb5.*|sssd)(/.*)?",
        "it says who may do what",
    ),
    (
        r"/boot/.*|/efi/.*|/etc/(fstab|crypttab|inittab|mdadm(\.conf|/.*)|lvm/.*|zfs/.*|default/grub.*|grub.*"
        r"|initramfs-tools/.*|mkinitcpio.*|dracut.*|modules|modules-load\.d/.*|modprobe\.d/.*|kernel.*)",
        "the machine boots or stores with it",
    ),
    (
        r"/etc/(network/.*|netplan/.*|NetworkManager/.*|systemd/network/.*|sysconfig/network.*|wpa_supplicant.*"
        r"|hosts|hostname|resolv\.conf|resolvconf.*|dhcpcd\.conf|dhcp/.*|nftables.*|iptables.*|firewalld/.*|ufw/.*"
        r"|wireguard/.*)",
        "it is the network",
    ),
    (r"/etc/(pve|corosync|ceph|kubernetes)(/.*)?|/etc/machine-id", "it is the identity of a cluster or machine"),
    (r"(.*/)?\.?steward(/.*)?|.*/steward[^/]*\.(service|timer|socket)", "it is Steward itself"),
)
_RUN_AS_ROOT = re.compile(
    r"/(usr/(local/)?)?(s?bin|lib[^/]*)/.*|/root/.*|/opt/[^/]*/s?bin/.*"
    r"|/etc/(cron.*|anacrontab|systemd/.*|init\.d/.*|rc.*|profile.*|environment|bash.*|zsh.*|skel/.*|ld\.so.*|udev/.*"
    r"|apt/.*|dpkg/.*|yum.*|dnf/.*|pacman.*|logrotate.*|sysctl.*|containers/systemd/.*|dhcp/.*|alternatives/.*)"
    r"|/var/spool/cron/.*|/lib/systemd/.*"
)
_OTHER_TOOLS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"ansible managed", re.IGNORECASE), "Ansible"),
    (re.compile(r"(managed|created|generated|maintained) (automatically )?(by|with) puppet", re.IGNORECASE), "Puppet"),
    (re.compile(r"managed by salt(stack)?\b", re.IGNORECASE), "Salt"),
    (re.compile(r"(managed|generated) by chef\b", re.IGNORECASE), "Chef"),
    (re.compile(r"managed by terraform", re.IGNORECASE), "Terraform"),
    (re.compile(r"kustomize\.toolkit\.fluxcd\.io/|helm\.toolkit\.fluxcd\.io/"), "Flux"),
    (re.compile(r"(managed|generated) by (nixos|home-manager|nix)\b", re.IGNORECASE), "NixOS"),
)
_HEAD_LINES = 40


def why_no_path(path: str) -> str:
    """Say why this cannot be the path of a kept file, or nothing."""
    names = path.split("/")[1:]
    if not path.startswith("/") or "" in names or {".", ".."} & set(names):
        return "a path begins with `/` and goes straight to a file, without `..`, `.` or `//`"
    if visible_line(path) != path:
        return "it holds a character that nobody can see"
    if len(path) > _LONGEST_PATH or any(len(name) > _LONGEST_NAME for name in names):
        return "it is too long"
    if any(name.lower() == ".git" or name.startswith(":") for name in names):
        return "git cannot hold a file of this name"
    return "what lies there does not last" if _NOT_ON_DISK.fullmatch(path) else ""


def why_never_written(path: str) -> str:
    """Say why Steward watches a file and never writes it, or nothing."""
    if path.startswith("/nix/"):
        return "it belongs to NixOS"
    return next((why for pattern, why in _PROTECTED if re.fullmatch(pattern, path)), "")


def why_no_rights(path: str) -> str:
    """Say why no line of sudoers lets Steward's user write a file, or nothing."""
    if _RUN_AS_ROOT.fullmatch(path):
        return "root runs what is in it: a right to write it is a right to everything"
    return "" if _PLAIN.fullmatch(path) else "its path cannot be written exactly in sudoers"


def other_owner(text: str) -> str:
    """Name the tool that says at the head of a file that the file is its own, or nothing."""
    head = "\n".join(text.split("\n", _HEAD_LINES)[:_HEAD_LINES])
    return next((tool for pattern, tool in _OTHER_TOOLS if pattern.search(head)), "")
