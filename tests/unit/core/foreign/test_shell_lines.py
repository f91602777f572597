"""A command line becomes an operation only where one does exactly this; everything else stays a line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.foreign.shell_lines import typed
from tests.unit.core.foreign.texts import known


def told(line: str) -> list[tuple[str, dict[str, object], str]] | str:
    found = typed(line, known())
    return found if isinstance(found, str) else [(each.command, dict(each.input), each.machine) for each in found]


@pytest.mark.parametrize(
    ("line", "command", "given"),
    [
        ("systemctl restart nginx", "unit.restart", {"unit": "nginx.service"}),
        ("sudo systemctl restart nginx.service", "unit.restart", {"unit": "nginx.service"}),
        ("/usr/bin/systemctl stop fstrim.timer", "unit.stop", {"unit": "fstrim.timer"}),
        ("systemctl reset-failed smbd", "unit.reset_failed", {"unit": "smbd.service"}),
        ("service nginx reload", "unit.reload", {"unit": "nginx.service"}),
        ("docker restart web", "container.restart", {"container": "web"}),
        ("docker container stop web", "container.stop", {"container": "web"}),
        ("podman image prune -f", "images.prune", {"engine": "podman"}),
        (
            "docker update --restart=always web",
            "container.update_restart_policy",
            {"container": "web", "policy": "always"},
        ),
        ("zpool scrub tank", "pool.scrub", {"pool": "tank"}),
        ("btrfs scrub start /srv", "btrfs.scrub", {"place": "/srv"}),
        ("mount /mnt/backup", "mount.mount", {"place": "/mnt/backup"}),
        ("umount -l /mnt/backup", "mount.detach", {"place": "/mnt/backup"}),
        ("journalctl --vacuum-size=2G", "journal.vacuum", {"keep_megabytes": 2048}),
        ("apt-get clean", "packages.clean_cache", {}),
        ("reboot", "machine.reboot", {}),
        ("certbot renew --cert-name example.org", "certificate.renew", {"certificate": "example.org"}),
    ],
)
def test_what_an_operation_does_becomes_it(line, command, given):
    assert told(line) == [(command, given, "")]


def test_a_machine_that_the_line_names_is_taken():
    assert told("ssh root@proxy 'systemctl restart nginx && docker restart web'") == [
        ("unit.restart", {"unit": "nginx.service"}, "proxy"),
        ("container.restart", {"container": "web"}, "proxy"),
    ]
    assert told("claw ssh nas 'zpool scrub tank'") == [("pool.scrub", {"pool": "tank"}, "nas")]


def test_several_names_become_several_operations():
    assert told("docker restart web db") == [
        ("container.restart", {"container": "web"}, ""),
        ("container.restart", {"container": "db"}, ""),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "systemctl restart $UNIT",
        "systemctl --user restart x",
        "systemctl enable --now x",
        "systemctl restart nginx; reboot",
        "systemctl restart nginx || reboot",
        "systemctl restart nginx | cat",
        "systemctl restart nginx && rm -rf /srv",
        "ssh -o ProxyCommand=x nas 'reboot'",
        "ssh nas",
        "docker system prune -af --volumes",
        "docker image prune -a",
        "docker restart *",
        "docker restart {{ name }}",
        "mount -t nfs nas:/x /mnt",
        "shutdown -h now",
        "journalctl --vacuum-time=2d",
        "certbot renew",
        "rm -rf /",
        "",
        "sudo",
        "echo 'unfinished",
    ],
)
def test_everything_else_is_refused_with_a_reason(line):
    found = told(line)
    assert isinstance(found, str)
    assert found


def test_the_reason_tells_what_the_gate_thinks():
    assert "read-only" in told("lsblk")
    assert "mutating" in told("zpool add tank sdx")
    assert "refuses" in told("rm -rf /")


def test_an_operation_that_the_catalogue_has_not_is_never_written():
    assert isinstance(typed("zpool scrub tank", replace(known(), operations={})), str)
