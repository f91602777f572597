"""A power supply at a real NUT server: its driver is `dummy-ups`, which tells what stands in a file."""

from __future__ import annotations

from dataclasses import dataclass

from tests.real.lab import Lab
from tests.real.parts.installing import install

_NAME = "rack"
_MAKE = f"""
systemctl mask --quiet --now nut-driver-enumerator.path nut-driver-enumerator.service
echo MODE=standalone >/etc/nut/nut.conf
cat >/etc/nut/ups.conf <<END
[{_NAME}]
driver = dummy-ups
port = /etc/nut/{_NAME}.dev
mode = dummy-once
pollinterval = 1
END
cat >/etc/nut/{_NAME}.dev <<END
ups.mfr: Lab
ups.model: Rehearsal 900
ups.load: 20
battery.charge: 100
ups.status: OL
END
chown root:nut /etc/nut/*
systemctl restart nut-driver@{_NAME}.service
systemctl restart nut-server.service
until upsc {_NAME} ups.status >/dev/null 2>&1; do sleep 0.2; done
"""
"""The enumerator would reload the server behind our back, which ends one that has not set up its signals yet."""
_SET = f"""
sed -i "s/^battery.charge:.*/battery.charge: $1/; s/^ups.status:.*/ups.status: $2/" /etc/nut/{_NAME}.dev
until [ "$(upsc {_NAME} battery.charge 2>/dev/null) $(upsc {_NAME} ups.status 2>/dev/null)" = "$1 $2" ]; do
    sleep 0.3
    touch /etc/nut/{_NAME}.dev
done
"""
"""The driver reads its file again when its time differs by a whole second, so it is touched until it was read."""


@dataclass(frozen=True, kw_only=True)
class PowerSupply:
    """The supply of one machine."""

    lab: Lab
    """The lab."""
    machine: str
    """Machine that talks to it."""

    @classmethod
    def connected(cls, lab: Lab, machine: str) -> PowerSupply:
        """Install NUT and wait until it tells of the supply."""
        install(lab, machine, ("nut-server", "nut-client"))
        lab.run(machine, ["sh", "-ec", _MAKE], check=True, timeout_seconds=180)
        return cls(lab=lab, machine=machine)

    def pull_plug(self, charge: int) -> None:
        """Let the battery carry, with this charge left in percent."""
        self._tell(charge, "OB")

    def plug_in(self) -> None:
        """Let it run on line again, fully charged."""
        self._tell(100, "OL")

    def _tell(self, charge: int, status: str) -> None:
        self.lab.run(self.machine, ["sh", "-ec", _SET, "sh", str(charge), status], check=True, timeout_seconds=180)
