"""Find SSH servers where guessing a password is enough and many can try, or where it gives root."""

from __future__ import annotations

from steward.knowhow.facts.ssh_server import PLUGIN as SSH_SERVER
from steward.knowhow.facts.ssh_server import SshServer
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "password_logins"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; passwords on a private network for users other than root are none."""
    server = snapshot.of(SSH_SERVER)
    if server is None or not server.asks_password:
        return ()
    is_root_open = server.root_login == "yes"
    if not (is_root_open or server.allows_empty_password or server.public_addresses):
        return ()
    is_grave = server.allows_empty_password or bool(server.public_addresses)
    return (_finding(snapshot, server, Severity.WARNING if is_grave else Severity.WATCH),)


def _finding(snapshot: Snapshot, server: SshServer, severity: Severity) -> Finding:
    source = "sshd -T" if server.is_effective else "/etc/ssh/sshd_config"
    this = case(_NAME, snapshot, ResourceKind.SERVICE, "sshd", source, fact=SSH_SERVER.name)
    who = "root" if server.root_login == "yes" else "users"
    how = "no password at all where the account has none" if server.allows_empty_password else "a password"
    where = " from the internet" if server.public_addresses else ""
    return this.finding(
        f"SSH on {snapshot.machine.name} lets {who} log in{where} with {how}",
        severity,
        (
            this.seen("root_login", server.root_login),
            this.seen("asks_password", server.asks_password),
            this.seen("allows_empty_password", server.allows_empty_password),
            *(this.seen("public_address", address) for address in server.public_addresses),
        ),
        if_nothing="Whoever reaches it may guess until it fits. With keys for everybody who logs in,"
        " `PasswordAuthentication no` in a file below /etc/ssh/sshd_config.d ends that; try a second login before"
        " you close the first.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="SSH that takes passwords for root (watch), at public addresses, or empty ones (warning).",
    needs=(SSH_SERVER.name,),
    run=run,
)
