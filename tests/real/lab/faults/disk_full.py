"""A disk filled by two things that are safe to clean: archived journal files and downloaded packages.

`journalctl --vacuum-size=8M` and `apt-get clean` each free a good part of it; together nearly all.
"""

import json

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_PACKAGES = "/var/cache/apt/archives"
_FILL = f"""
mkdir -p {_PACKAGES}
for n in 1 2 3 4; do
    file={_PACKAGES}/linux-image-6.1.0-$((20 + n))-amd64_6.1.$((90 + n))-1_amd64.deb
    [ -s $file ] || head -c 4M /dev/zero > $file
done
used() {{ df --output=pcent /var/log | tail -n 1 | tr -dc 0-9; }}
n=0
while [ $(used) -lt 91 ] && [ $n -lt 40 ]; do
    head -c 2M /dev/urandom | base64 -w 3000 | systemd-cat -t photo-import
    journalctl --sync
    n=$((n + 1))
done
free=$(( $(df --output=avail -B1024 /var/log | tail -n 1) - 1024 ))
if [ $free -gt 0 ]; then
    head -c ${{free}}K /dev/zero >> {_PACKAGES}/linux-headers-6.1.0-25-common_6.1.95-1_all.deb
fi
used
"""
_CLEAN_PACKAGES = f"rm -f {_PACKAGES}/linux-image-6.1.0-2?-amd64_*.deb {_PACKAGES}/linux-headers-6.1.0-25-*.deb"
_ARCHIVED = "find /var/log/journal -name '*@*.journal*'"


def _fill(guest: Guest) -> None:
    """Remember the journal as it is, then fill the disk to more than 95 %."""
    note = guest.places.notes(guest.machine.name) / "journal_before.json"
    if not note.exists():
        guest.shell("journalctl --rotate")
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(guest.shell(_ARCHIVED).split()), encoding="utf-8")
    guest.shell(_FILL)


def _empty(guest: Guest) -> None:
    """Take away the packages and the journal files that the fault brought, and nothing older."""
    guest.shell(_CLEAN_PACKAGES)
    note = guest.places.notes(guest.machine.name) / "journal_before.json"
    if not note.exists():
        return
    before = set(json.loads(note.read_text(encoding="utf-8")))
    guest.shell("journalctl --rotate")
    brought = [path for path in guest.shell(_ARCHIVED).split() if path not in before]
    if brought:
        guest.run(["rm", "-f", *brought])
    guest.shell("journalctl --vacuum-size=16M")
    note.unlink()


DISK_FULL = Fault(
    name="disk_full",
    summary="the disk with /var/log and /var/cache/apt is more than 95 % full",
    cured_by="journalctl --vacuum-size=8M and apt-get clean",
    apply=_fill,
    heal=_empty,
)
