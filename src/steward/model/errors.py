"""Every error Steward raises. The class tells the caller what to do.

    StewardError
    ├── InvalidInput      mend what you gave: an argument, a plan file                     exit 2
    │   └── InvalidFile   the same, with file, line and column                             exit 2
    ├── NotFound          there is no such thing; the nearest name is given                exit 3
    ├── NotAllowed        prove who you are, or ask somebody who may                       exit 4
    │   ├── NeedsProof    give the owner's password with the request                       exit 4
    │   └── NeedsPerson   only a person can decide this: a changed host key, a lost marker exit 4
    ├── Conflict          somebody else was first, or the world changed: look again        exit 5
    │   ├── Stale         what was approved no longer fits the machine: ask again          exit 5
    │   └── Fenced        another control plane looks after this machine                   exit 5
    ├── Denied            policy or a person said no                                       exit 13
    ├── TryLater          nothing is wrong with the request; the same call may work later  exit 75
    │   ├── Unreachable   a machine or a server does not answer                            exit 75
    │   ├── LinkLost      the link broke after a command was sent: its outcome is unknown  exit 75
    │   ├── Braked        pause, freeze or stop is on                                      exit 75
    │   └── TooMany       too many tries lately; the seconds to wait are given             exit 75
    └── Bug               our mistake; report it with the diagnostic id                    exit 1

A message has four parts: what failed, where, why, and the next step. `str(error)` writes them on one line.
"""

from __future__ import annotations

_TOUCHED = "passkey"


class StewardError(Exception):
    """Root of the tree; never raised itself."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.why = why
        self.next_step = next_step
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        text += f": {self.why}" if self.why else ""
        return text + (f". Next: {self.next_step}" if self.next_step else "")


class InvalidInput(StewardError):
    """What the caller gave does not fit; nothing was changed."""

    exit_code = 2


class InvalidFile(InvalidInput):
    """A file does not fit; nothing was changed and the version in force stays in force."""

    def __init__(self, what: str, *, file: str, line: int, column: int, why: str = "", next_step: str = "") -> None:
        self.file = file
        self.line = line
        self.column = column
        self._problems: tuple[InvalidFile, ...] = ()
        super().__init__(what, where=f"{file}:{line}:{column}", why=why, next_step=next_step)

    @property
    def problems(self) -> tuple[InvalidFile, ...]:
        """Everything found wrong with the file, this one first."""
        return self._problems or (self,)

    @classmethod
    def first_of(cls, problems: tuple[InvalidFile, ...]) -> InvalidFile:
        """Return the first of at least one problem, carrying them all, ready to be raised."""
        problems[0]._problems = problems  # noqa: SLF001 - its own class
        return problems[0]


class NotFound(StewardError):
    """There is no such thing."""

    exit_code = 3


class NotAllowed(StewardError):
    """The actor may not do this, or did not prove who they are strongly enough."""

    exit_code = 4


class NeedsProof(NotAllowed):
    """The actor has to prove who they are; the way in asks for the password and tries again."""

    def __init__(self, least: str) -> None:
        self.least = least
        if least == _TOUCHED:
            what, step = "this needs a passkey", "touch one on its page, for this very decision"
        else:
            what, step = "this needs the owner's password", "give it when asked, or with --password-file"
        super().__init__(what, next_step=step)


class NeedsPerson(NotAllowed):
    """Only a person can decide this."""


class Conflict(StewardError):
    """Somebody else was first, or the request does not fit the present state."""

    exit_code = 5


class Stale(Conflict):
    """The world changed since the plan was approved; the plan must be made and asked again."""


class Fenced(Conflict):
    """Another control plane looks after this machine; this one was refused by the machine."""


class Denied(StewardError):
    """Policy or a person said no."""

    exit_code = 13


class TryLater(StewardError):
    """Nothing is wrong with the request; the same call may work later."""

    exit_code = 75


class Unreachable(TryLater):
    """A machine or a server does not answer; nothing was sent."""


class LinkLost(TryLater):
    """The link broke after a command was sent: the outcome is unknown until the machine is asked again."""


class Braked(TryLater):
    """Pause, freeze or stop is on."""


class TooMany(TryLater):
    """Too many tries in a short time; the next one is looked at after some seconds."""

    def __init__(self, what: str, *, after_seconds: int) -> None:
        self.after_seconds = after_seconds
        super().__init__(what, next_step=f"wait {after_seconds} s, then try again")


class Bug(StewardError):
    """Our mistake."""
