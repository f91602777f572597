"""Uses of the operations that the shipped workflows brought along, and facts for them."""

from typing import Any

from steward.knowhow.facts.account_states import AccountState, AccountStates
from steward.knowhow.facts.backing_devices import BackingDevice, BackingDevices
from tests.unit.knowhow.snapshots import GIGABYTE

ANNA = AccountState(
    user_id=1001,
    home="/home/anna",
    password="set",
    expires="never",
    groups={"docker": True, "sudo": True},
    process_count=3,
)
STATES = AccountStates(
    accounts={
        "anna": ANNA,
        "gone": AccountState(
            user_id=1002, home="/home/gone", password="locked", expires="1970-01-02", groups={}, process_count=0
        ),
        "steward": AccountState(
            user_id=1000, home="/home/steward", password="locked", expires="never", groups={}, process_count=2
        ),
    },
    administrators=("anna", "bert"),
    own_name="steward",
)
DEVICES = BackingDevices(
    places={"/": BackingDevice(device="/dev/sda1", type="ext4", bytes=60 * GIGABYTE, is_partition=True)},
    grow_programs={"ext4": "/usr/sbin/resize2fs"},
)
SEEN: dict[str, Any] = {"account_states": STATES, "backing_devices": DEVICES}
TARGETS = {"nas": "10.0.0.9", "10.0.0.9": "", "api.example.net:8443": ""}
"""Where requests may go in these tests."""
USES: list[tuple[str, dict[str, Any]]] = [
    ("account.lock", {"account": "anna"}),
    ("account.unlock", {"account": "gone"}),
    ("account.leave_group", {"account": "anna", "group": "docker"}),
    ("account.end_sessions", {"account": "anna"}),
    ("filesystem.grow", {"place": "/"}),
    ("unit.ensure_active", {"unit": "nginx.service"}),
    ("unit.ensure_active", {"unit": "broken.service"}),
    ("machine.tell_restart", {}),
    ("packages.upgrade_waiting", {"which": "all"}),
    ("http.request", {"method": "GET", "url": "http://nas:8080/health"}),
    ("http.request", {"method": "POST", "url": "https://api.example.net:8443/x", "body": "{}"}),
]
