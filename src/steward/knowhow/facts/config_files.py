"""Files that say how a machine is set up: by hash, so that a change is seen and nothing in them is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 400
_LINE = re.compile(r"\\?([0-9a-f]{64})  (/.{1,250})")


@record
class ConfigFiles:
    """Files below /etc that Steward may read, without their content."""

    files: dict[str, str]
    """First 16 digits of the SHA-256, by path."""
    writable: tuple[str, ...]
    """Paths among them that everybody on the machine may write to."""


def parse(outputs: Mapping[str, CommandOutput]) -> ConfigFiles:
    """Read lines of `sha256sum`, then `writable PATH`."""
    said = lines(text_of(outputs, "config_files"))
    if said[0] != "hashed":
        msg = "sha256sum, which tells whether a file changed, is not installed"
        raise FactUnavailable(msg)
    found = [match for line in said[1:] if (match := _LINE.fullmatch(line)) is not None]
    writable = [line.removeprefix("writable ")[:250] for line in said if line.startswith("writable /")]
    return ConfigFiles(
        files={match[2]: match[1][:16] for match in found[:_MOST]},
        writable=tuple(writable[:50]),
    )


def traits(config: ConfigFiles) -> dict[str, str]:
    """Return each file with its hash."""
    return {f"file {path}": digest for path, digest in config.files.items()}


_CONFIG_FILES = r"""
export LC_ALL=C
command -v sha256sum >/dev/null 2>&1 || { echo absent; exit 0; }
echo hashed
cd /etc || exit 0
files() {
    for place in fstab crypttab exports hosts hostname crontab environment rc.local ld.so.preload nftables.conf \
        sudoers sudoers.d/* ssh/sshd_config ssh/sshd_config.d/* pam.d/* security/*.conf default/grub \
        cron.d/* cron.hourly/* cron.daily/* cron.weekly/* cron.monthly/* crontabs/* \
        network/interfaces network/interfaces.d/* netplan/* systemd/network/* systemd/*.conf \
        systemd/system/*.service systemd/system/*.timer systemd/system/*.socket systemd/system/*.mount \
        systemd/system/*.d/*.conf containers/systemd/* sysctl.conf sysctl.d/* modprobe.d/* modules-load.d/* \
        udev/rules.d/* apt/sources.list apt/sources.list.d/* yum.repos.d/* pacman.conf apk/repositories \
        nginx/nginx.conf nginx/conf.d/* nginx/sites-enabled/* apache2/apache2.conf apache2/sites-enabled/* \
        httpd/conf.d/* caddy/Caddyfile haproxy/haproxy.cfg traefik/traefik.yml docker/daemon.json samba/smb.conf \
        dnsmasq.conf dnsmasq.d/* unbound/unbound.conf unbound/unbound.conf.d/* bind/named.conf* \
        postfix/main.cf fail2ban/jail.local fail2ban/jail.d/* wireguard/* borgmatic/config.yaml \
        prometheus/prometheus.yml mosquitto/mosquitto.conf ups.conf nut/*.conf; do
        [ -f "$place" ] && [ -r "$place" ] && printf '/etc/%s\n' "$place"
    done | head -n 400
}
names=$(files)
printf '%s\n' "$names" | tr '\n' '\0' | xargs -0 -r sha256sum 2>/dev/null
printf '%s\n' "$names" | tr '\n' '\0' |
    xargs -0 -r sh -c 'find -L "$@" -maxdepth 0 -type f -perm -002' sh 2>/dev/null | sed 's/^/writable /'
exit 0
"""

PLUGIN = Fact[ConfigFiles](
    name="config_files",
    summary="Files below /etc that say how a machine is set up, by hash; their content is not read.",
    readings=(Reading(name="config_files", argv=("sh", "-c", _CONFIG_FILES)),),
    parse=parse,
    pause=timedelta(minutes=10),
    traits=traits,
)
