"""What well-known software is for, in the words of a household."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from steward.lib.record import record


@record
class Purpose:
    """What people use something for."""

    title: str
    """What they call it."""
    matters: str
    """Why it matters to them, and what does not work without it."""
    meanwhile: str
    """What helps until it works again; empty where nothing special does."""
    software: frozenset[str]
    """Words in the names of the software that does it."""


def _purpose(title: str, matters: str, software: str, meanwhile: str = "") -> Purpose:
    return Purpose(title=title, matters=matters, meanwhile=meanwhile, software=frozenset(software.split()))


PURPOSES = (
    _purpose(
        "Internet and home network",
        "Without it phones and computers say “no internet”, although the line itself may be fine.",
        "pihole adguard adguardhome unbound dnsmasq technitium blocky opnsense pfsense openwrt unifi omada kea bind9 "
        "coredns",
        "Phones get along with mobile data: turn Wi-Fi off on the phone.",
    ),
    _purpose(
        "Lights, heating and switches",
        "Without it apps, timers and voice do not switch anything.",
        "homeassistant hass zigbee2mqtt mosquitto zwave zwavejs esphome nodered openhab deconz homebridge domoticz "
        "scrypted fhem iobroker",
        "Switches on the wall and on the devices themselves mostly go on working.",
    ),
    _purpose(
        "Photos",
        "The photos of the family. Without it they cannot be looked at; new ones stay on the phones.",
        "immich photoprism librephotos piwigo photoview lychee ente damselfly",
        "Delete nothing from the phones.",
    ),
    _purpose(
        "Files and calendars",
        "Documents, calendars and contacts that all devices share.",
        "nextcloud owncloud ocis seafile syncthing samba smbd filebrowser radicale baikal nfs",
        "What was opened lately is often still on the device itself.",
    ),
    _purpose(
        "Passwords",
        "The password manager.",
        "vaultwarden bitwarden passbolt psono keyvault",
        "The app on a phone that was unlocked before still shows them without the server.",
    ),
    _purpose("Papers", "Scanned letters, bills and contracts.", "paperless papermerge docspell stirling mayan"),
    _purpose(
        "Films, series and music",
        "Films, series, music and audiobooks at home.",
        "jellyfin plex emby navidrome audiobookshelf kavita komga calibre lyrion mpd koel funkwhale sonarr radarr "
        "lidarr prowlarr bazarr jellyseerr overseerr qbittorrent transmission sabnzbd",
    ),
    _purpose("Cameras", "Cameras and the doorbell.", "frigate zoneminder motioneye shinobi viseron", "The bell rings."),
    _purpose("Mail", "Mail of the family.", "mailcow dovecot postfix stalwart mailu roundcube maddy"),
    _purpose(
        "Shopping, recipes and money", "Lists, recipes, accounts.", "mealie tandoor grocy firefly actual kitchenowl"
    ),
    _purpose(
        "Coming in from outside",
        "Reaching things at home while being away.",
        "wireguard wg tailscale tailscaled headscale openvpn netbird zerotier cloudflared",
        "At home everything works without it.",
    ),
    _purpose(
        "The door to the web pages",
        "Most pages at home are reached through it: when all of them fail at once, it is this.",
        "traefik caddy nginx haproxy apache httpd npm swag authelia authentik",
    ),
    _purpose("Printing", "The printer.", "cups"),
    _purpose(
        "Copies of everything (backups)",
        "Copies for the day something is lost. Nobody notices when they fail, so it matters.",
        "restic borg borgmatic borgbackup proxmox-backup duplicati kopia urbackup pbs rustic duplicacy",
    ),
)
"""In the order in which a household asks for them."""
_SMALLEST = 2


def purpose_of(words: Iterable[str]) -> Purpose | None:
    """Return what something is for, by its names; None where they say nothing."""
    told = {part for text in words for part in _parts(text)}
    return next((purpose for purpose in PURPOSES if purpose.software & told), None)


def _parts(text: str) -> set[str]:
    """Split a name into its words; `home-assistant` is also `homeassistant`, `zigbee2mqtt` stays whole."""
    parts = [part for part in re.split(r"[^a-z0-9]+", text.lower()) if len(part) >= _SMALLEST]
    return {*parts, *(one + other for one, other in pairwise(parts))}
