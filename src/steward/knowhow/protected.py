"""Units that no typed command touches: who gets in, how the machine boots, how it is reached, and Steward itself."""

from __future__ import annotations

import re

_PROTECTED: tuple[tuple[str, str], ...] = (
    (r"(ssh|sshd|dropbear)(@.*)?\.(service|socket)", "it is the way in"),
    (
        r"systemd-.*|init\.scope|(user|user-runtime-dir|getty|serial-getty)@.*|(dbus|polkit|sssd|nslcd|winbind)[@.-].*",
        "it is the base",
    ),
    (
        r"(networking|network|NetworkManager|wpa_supplicant|dhcpcd|dhclient|ifup|ifupdown|netplan|connman)"
        r"([@.].*|-(dispatcher|wait-online|pre|fallback).*)?",
        "it is the network",
    ),
    (r"(iptables|ip6tables|nftables|firewalld|ufw|netfilter-persistent)[@.].*", "it is the firewall"),
    (
        r"(wg-quick|wireguard|tailscaled|zerotier-one|openvpn|nebula|netbird)[@.-].*",
        "the machine may be reached through it",
    ),
    (
        r"(cloud-(init|config|final)|lvm2|mdadm|mdmonitor|zfs|cryptsetup|multipathd|iscsid|open-iscsi)([@.-].*)?",
        "the machine boots or stores with it",
    ),
    (r"(corosync|pve-cluster|pve-ha|ceph|k3s|rke2|kubelet|etcd|keepalived)[@.-].*", "it is the identity of a cluster"),
    (r"(-|boot|boot-.*|efi|usr|var|var-lib|etc|home|nix|nix-store)\.mount", "the machine lives on it"),
    (r"steward[@.-].*", "it is Steward itself"),
)
_CARRIERS = re.compile(r"(docker|containerd|podman|libvirtd|virtqemud|lxc|lxd|incus|nfs-server|smbd)[.@-].*")


def why_protected(names: tuple[str, ...]) -> str:
    """Return why a unit of these names is protected, or an empty text when it is not."""
    for pattern, why in _PROTECTED:
        if any(re.fullmatch(pattern, name) for name in names):
            return why
    return ""


def carries_others(name: str) -> bool:
    """Tell whether stopping a unit takes down things of other names, such as every container."""
    return _CARRIERS.fullmatch(name) is not None


_REST = r"[A-Za-z0-9@_.:\\-]*"
PROTECTED_IN_SUDOERS = (
    rf"((ssh|sshd|dropbear)(@{_REST})?|systemd-{_REST}|"
    rf"(networking|NetworkManager|wpa_supplicant|dhcpcd|nftables|iptables|firewalld|ufw)(@{_REST})?|"
    rf"(dbus|wg-quick|tailscaled|boot|steward)([@-]{_REST})?)"
)
"""The heart of the list as sudo can say it, for lines that take these units out again; never more than the list."""
