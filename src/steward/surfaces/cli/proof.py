"""What a person gives to say yes: their password, and the names of what cannot be put back.

The password is given only when the daemon asks for it and kept for that one request.

Whoever runs as the owner's user may be an agent, so the daemon asks for a secret no process holds. It never travels
on the command line.
"""

from __future__ import annotations

import getpass

from steward.surfaces.cli.failure import NOT_ALLOWED, failure
from steward.surfaces.cli.session import Session
from steward.surfaces.cli.values import read_secret

FLAG = "--password-file"
VARIABLE = "STEWARD_PASSWORD_FILE"


def owner_password(session: Session, *, file: str | None, can_ask: bool) -> str:
    """Return the password from `--password-file`, else from the file the environment names, else ask for it.

    Raises:
        CliFailure: nobody can be asked; names the flag.
    """
    path = file or session.environment.get(VARIABLE)
    if path:
        return read_secret(path)
    if not can_ask:
        raise failure(
            "NotAllowed",
            "this needs the owner's password",
            exit_code=NOT_ALLOWED,
            why="nobody can be asked here",
            next_step=f"run it in a terminal, or add `{FLAG} FILE` (`-` for standard input)",
        )
    return getpass.getpass("Owner password (good for 5 minutes in this terminal): ")


def typed_names() -> str:
    """Ask for the names of the machines that a plan hits; the daemon checks them, and an empty answer is no answer."""
    return input("It cannot be put back. Type the names of the machines it hits: ").strip()
