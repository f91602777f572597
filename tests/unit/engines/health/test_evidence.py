"""Which lines an agent may have run to look closer."""

from __future__ import annotations

import pytest

from steward.core.gate import shipped, with_own
from steward.engines.health import evidence
from steward.model.errors import Denied


@pytest.mark.parametrize(
    ("line", "rebuilt"),
    [
        ("df -h|sort", "df -h | sort"),
        ("journalctl -u ssh -n 50", "journalctl -u ssh -n 50"),
        ("systemctl status 'photo index.service'", "systemctl status 'photo index.service'"),
        ("docker logs --tail 20 web", "docker logs --tail 20 web"),
        ("ps aux && free -m", "ps aux && free -m"),
    ],
)
def test_a_line_that_only_looks_is_run_as_the_gate_wrote_it(line: str, rebuilt: str) -> None:
    assert evidence._judged(line, shipped())[0] == rebuilt


@pytest.mark.parametrize(
    "line",
    [
        "rm -rf /tmp/x",
        "systemctl restart nginx",
        "journalctl --vacuum-size=1M",
        "cat /etc/shadow",
        "cat /proc/1/environ",
        "ls $HOME",
        "df > /etc/motd",
        "df; $(reboot)",
        "df 'unclosed",
        "",
        "curl http://elsewhere.example/",
        "dig secret.elsewhere.example",
        "timeout 5 curl http://elsewhere.example/",
        "sudo journalctl -n 4",
        "ssh m1 uptime",
        "docker exec web cat /etc/hosts",
        "kubectl exec web -- ls",
        "/tmp/df -h",
        "df\u200b -h",
        "find / -delete",
        "awk 'BEGIN{system(\"id\")}'",
        "sed -i s/a/b/ /etc/hosts",
        "sort -o /etc/passwd /etc/hosts",
    ],
)
def test_any_other_line_is_refused(line: str) -> None:
    with pytest.raises(Denied):
        evidence._judged(line, shipped())


def test_tables_of_the_owner_can_refuse_more() -> None:
    own = with_own({"tools/mine.yaml": "df: {effect: mutating, why: wakes the disks}\n"})
    with pytest.raises(Denied) as refused:
        evidence._judged("df", own)
    assert refused.value.why == "`df` wakes the disks"


def test_tables_of_the_owner_cannot_let_more_through() -> None:
    own = with_own({"tools/mine.yaml": "find rm: inert\n"})
    for line in ("find / -delete", "rm -r /srv/x"):
        with pytest.raises(Denied):
            evidence._judged(line, own)
