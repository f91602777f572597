"""What is refused whoever asks: the few deeds that no approval makes right.

This is no boundary: a list of bad words never is one. Whatever is not known to be harmless is asked anyway; these
are not even asked. Programs that are refused whole (`mkfs`, `insmod`) stand in the tables under `never`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

_DISK = re.compile(
    r"/dev/(sd[a-z]+|nvme\d+n\d+(p\d+)?|vd[a-z]+|xvd[a-z]+|mmcblk\d+|md\d+|mapper/.+|disk/by-.+|dm-\d+|zvol/.+)\d*"
)
_ROOTS = re.compile(
    r"/+(\.+/*)*|/+(bin|boot|dev|etc|home|lib(32|64)?|media|mnt|opt|proc|root|run|sbin|srv|sys|tank|usr|var)(/+\.?)*\**"
)
_ANY_ROOT = re.compile(r"/+\*+|/+\.?")
_AUDIT = re.compile(r"(auditd?|audit-rules|systemd-journald-audit|rsyslog-audit)(\.(service|socket))?")
_OWN = re.compile(
    r"(^|/)(\.?steward|etc/steward)(/.*)?/(policy\.yaml|inventory\.yaml|tools/[^/]+\.yaml)$|(^|/)etc/steward(/|$)"
)
_WATCHDOG = re.compile(r"/+dev/+watchdog\d*")
_LAST_KEY = re.compile(r"(^|/)\.ssh(/authorized_keys2?)?/*$")

_INTERPRETERS = (
    "sh bash dash zsh ksh mksh ash fish csh tcsh busybox python python2 python3 perl ruby node nodejs php lua tclsh"
)
INTERPRETERS = frozenset(_INTERPRETERS.split())
"""Programs that run what they are fed."""
_FETCHERS = "curl wget fetch aria2c http https lynx nc ncat netcat socat"
FETCHERS = frozenset(_FETCHERS.split())
"""Programs that bring text from outside."""


def never(argv: Sequence[str]) -> str:
    """Say why one command is refused whoever asks, or nothing. The name stands without its folder."""
    rule = _RULES.get(argv[0])
    return (rule(argv[1:]) if rule else "") or _watchdog(argv) or _steward_itself(argv)


def never_pipe(left: Sequence[str], right: Sequence[str]) -> str:
    """Say why the output of some programs may not be fed to others, or nothing."""
    fetcher = next((name for name in left if name in FETCHERS), "")
    shell = next((name for name in right if name in INTERPRETERS), "")
    return f"`{fetcher}` feeds `{shell}`, which would run what nobody has read" if fetcher and shell else ""


def _operands(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


def _flags(words: Sequence[str]) -> str:
    return "".join(word for word in words if word.startswith("-") and not word.startswith("--"))


def _rm(words: Sequence[str]) -> str:
    is_recursive = "--recursive" in words or any(flag in _flags(words) for flag in "rR")
    for word in _operands(words):
        if is_recursive and _ROOTS.fullmatch(word):
            return f"`rm` of `{word}` removes a whole system or a mount"
        if _LAST_KEY.search(word):
            return f"`rm` of `{word}` may remove the last key to the machine"
    return ""


def _tree(words: Sequence[str]) -> str:
    is_recursive = "--recursive" in words or "R" in _flags(words)
    roots = [word for word in _operands(words) if _ANY_ROOT.fullmatch(word)]
    return f"changing `{roots[0]}` with all below it breaks the system" if is_recursive and roots else ""


def _dd(words: Sequence[str]) -> str:
    targets = [word for word in words if word.startswith("of=") and _DISK.fullmatch(word[3:])]
    return f"`dd` with `{targets[0]}` overwrites a disk" if targets else ""


def _onto_disk(words: Sequence[str]) -> str:
    disks = [word for word in _operands(words)[-1:] if _DISK.fullmatch(word)]
    return f"`{disks[0]}` would be overwritten" if disks else ""


def _wipefs(words: Sequence[str]) -> str:
    is_dry = "--no-act" in words or "n" in _flags(words)
    is_wiping = any(word in {"--all", "--offset"} for word in words) or any(flag in _flags(words) for flag in "ao")
    return "`wipefs` erases what says there is a file system" if is_wiping and not is_dry else ""


def _zpool(words: Sequence[str]) -> str:
    verbs = _operands(words)[:1]
    return f"`zpool {verbs[0]}` gives up a whole pool" if verbs in (["destroy"], ["labelclear"]) else ""


def _modprobe(words: Sequence[str]) -> str:
    reads = {"-n", "--dry-run", "--show", "--simulate", "-D", "--show-depends", "-c", "--showconfig", "-V", "--version"}
    return "" if reads.intersection(words) or words[:1] == ["--help"] else "`modprobe` loads or removes kernel modules"


def _systemctl(words: Sequence[str]) -> str:
    verbs = {"stop", "disable", "mask", "kill"}.intersection(words)
    units = [word for word in words if _AUDIT.fullmatch(word)]
    return f"`{units[0]}` keeps the audit of the machine" if verbs and units else ""


def _auditctl(words: Sequence[str]) -> str:
    is_off = "-D" in words or any(pair == ("-e", "0") for pair in pairwise(words)) or "-e0" in words
    return "`auditctl` would end the audit of the machine" if is_off else ""


def _packages(words: Sequence[str]) -> str:
    is_removing = {"remove", "purge", "autoremove", "erase", "-r", "-P", "--purge", "--remove"}.intersection(words)
    audits = [word for word in words if _AUDIT.fullmatch(word)]
    return f"removing `{audits[0]}` would end the audit of the machine" if is_removing and audits else ""


_READERS_TEXT = "cat less head tail grep ls stat diff cmp wc sha256sum md5sum file find test [ git yq jq"
_READERS = frozenset(_READERS_TEXT.split())
_LISTERS = frozenset({"ls", "stat", "test", "[", "readlink", "realpath", "echo", "udevadm"})
"""They look at a name and do not open what it names."""


def _watchdog(argv: Sequence[str]) -> str:
    """Whoever opens a watchdog, be it to read, begins a countdown to a reset."""
    dogs = [word for word in argv[1:] if _WATCHDOG.search(word)]
    return f"`{dogs[0]}` resets the machine some time after it was opened" if dogs and argv[0] not in _LISTERS else ""


def _steward_itself(argv: Sequence[str]) -> str:
    """Keep Steward's own rules, and the deeds only a person may do, out of every command line."""
    if argv[0] == "steward":
        verbs = " ".join(_operands(argv[1:])[:2])
        first = verbs.partition(" ")[0]
        is_decision = first in {"resume", "owner", "grants", "apply"} or verbs in {
            "approvals approve",
            "machines promote",
            "secrets set",
            "vault set",
        }
        is_asking = verbs in {"grants ls", "grants show"}
        return f"`steward {verbs}` is for a person, never for a command line" if is_decision and not is_asking else ""
    own = [word for word in argv[1:] if _OWN.search(word.partition("=")[2] or word)]
    return f"`{own[0]}` holds Steward's own rules" if own and argv[0] not in _READERS else ""


_RULES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "rm": _rm,
    "chmod": _tree,
    "chown": _tree,
    "chgrp": _tree,
    "dd": _dd,
    "cp": _onto_disk,
    "mv": _onto_disk,
    "tee": _onto_disk,
    "shred": _onto_disk,
    "wipefs": _wipefs,
    "zpool": _zpool,
    "modprobe": _modprobe,
    "systemctl": _systemctl,
    "auditctl": _auditctl,
    **dict.fromkeys(("apt", "apt-get", "dnf", "yum", "dpkg", "rpm", "apk", "pacman", "zypper"), _packages),
}
