"""How much a command can hurt, and how surely a person must be known to allow it."""

from __future__ import annotations

from enum import StrEnum


class Risk(StrEnum):
    """Risk class of a command or a plan, mildest first."""

    READ = "read"
    """Changes nothing."""
    REVERSIBLE = "reversible"
    """Touches one service and can be put back, proven."""
    RISKY = "risky"
    """Touches configuration, data, network or identity; can be put back with effort."""
    DESTRUCTIVE = "destructive"
    """Cannot be put back."""
    NEVER = "never"
    """Is refused whoever asks."""

    @property
    def rank(self) -> int:
        """Position in the order, 0 for `read`."""
        return _RISKS.index(self)

    def raised(self, steps: int) -> Risk:
        """Return the class `steps` higher, but never `never`: only a rule can forbid."""
        return _RISKS[min(self.rank + steps, Risk.DESTRUCTIVE.rank)] if self is not Risk.NEVER else self


_RISKS = tuple(Risk)


def worst(*risks: Risk) -> Risk:
    """Return the highest of some risk classes; of none it is `read`."""
    return max(risks, key=_RISKS.index, default=Risk.READ)


class Strength(StrEnum):
    """How well a principal proved who they are, weakest first."""

    NONE = "none"
    """No proof: an agent, a webhook, a process of the owner's user on the local socket."""
    CHAT = "chat"
    """A verified sender id of a chat service."""
    SESSION = "session"
    """A live session of a signed-in person."""
    STEP_UP = "step_up"
    """A secret that no process holds, given within the last five minutes."""
    PASSKEY = "passkey"
    """A hardware-bound key, touched for this very decision."""

    @property
    def rank(self) -> int:
        """Position in the order, 0 for `none`."""
        return _STRENGTHS.index(self)

    def meets(self, least: Strength) -> bool:
        """Tell whether this proof is at least as strong as `least`."""
        return self.rank >= least.rank


_STRENGTHS = tuple(Strength)
