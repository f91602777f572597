"""What comes before anything runs: folders, keys, workspace, an up-to-date store."""

from __future__ import annotations

import getpass
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.repositories.git import GitRepository
from steward.adapters.vaults.age_file import AgeFileVault
from steward.app.settings import Settings
from steward.app.snapshot import replace_file
from steward.core.workspace import WorkspaceFiles
from steward.lib.io.ids import new_id
from steward.model.ids import MachineId, PrincipalId
from steward.model.machine import Machine, Transport
from steward.model.principal import Principal, PrincipalKind
from steward.store.database import Database
from steward.store.migrate import migrate

LOCAL_NAME = "this-machine"


def prepare(settings: Settings) -> list[str]:
    """Make whatever is missing and say what was made, a line each; what is there is left alone."""
    made: list[str] = []
    for folder in (settings.data, settings.keys):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _make_ssh_key(settings.keys / "ssh-ed25519"):
        made.append(f"key for your machines: {settings.keys / 'ssh-ed25519.pub'}")
    if _make_workspace(settings.workspace):
        made.append(f"workspace (a git repository of plain text): {settings.workspace}")
    if _make_vault(settings):
        made.append(f"encrypted file for secrets: {settings.data / 'secrets.age'}")
    database = Database(settings.database)
    try:
        now = SystemClock(SystemClockSettings()).now()
        migration = migrate(database, backups=settings.backups, now=now)
    finally:
        database.close()
    if migration.before != migration.after:
        made.append(f"store: {migration.says}")
    return made


def keep_worker_name(settings: Settings) -> Settings:
    """Return the settings with the worker's name this data folder had at its first start, unless one was given.

    Only a worker of the same name resumes a run that was cut short; a host or a container may be renamed.
    """
    if settings.origins["worker"] != "default":
        return settings
    file = settings.data / "worker-name"
    try:
        return replace(settings, worker=file.read_text().strip() or settings.worker)
    except FileNotFoundError:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(file, f"{settings.worker}\n")
        return settings


def _make_workspace(path: Path) -> bool:
    workspace = WorkspaceFiles(repository=GitRepository(path=path))
    if (path / ".git").exists():
        return False
    user = getpass.getuser()
    workspace.create(user)
    author = Principal(id=PrincipalId("owner"), kind=PrincipalKind.PERSON, name="the owner")
    local = Machine(id=MachineId(new_id("machine")), name=LOCAL_NAME, transport=Transport.LOCAL)
    workspace.add_machine(local, author)
    make_hook(path)
    return True


def make_hook(workspace: Path) -> None:
    """Have git ask Steward before a person's commit; a hook that is there already stays as it is."""
    hook = workspace / ".git" / "hooks" / "pre-commit"
    if hook.exists():
        return
    hook.parent.mkdir(exist_ok=True)
    program = shlex.quote(str(Path(sys.executable).with_name("steward")))
    replace_file(
        hook, f"#!/bin/sh\n# Made by `steward init`: no secret gets into a commit.\nexec {program} redact --staged\n"
    )
    hook.chmod(0o700)


def _make_vault(settings: Settings) -> bool:
    """Make an empty encrypted file and the identity that opens it, away from the data and its backups."""
    file = settings.data / "secrets.age"
    if file.exists():
        return False
    AgeFileVault(file=file, identity=settings.keys / "age-identity.txt").create()
    return True


def _make_ssh_key(path: Path) -> bool:
    if path.exists():
        return False
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    replace_file(path, private.decode())
    replace_file(path.with_suffix(".pub"), f"{public.decode()} steward\n")
    return True
