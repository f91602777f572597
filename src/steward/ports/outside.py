"""Looking at machines, name servers and registries over the network, from where Steward runs."""

from __future__ import annotations

from typing import Protocol, TypeVar

from steward.model.question import Answer, Question

Q_contra = TypeVar("Q_contra", bound=Question, contravariant=True)
A_co = TypeVar("A_co", bound=Answer, covariant=True)


class Asker(Protocol[Q_contra, A_co]):
    """Asks one kind of question."""

    async def ask(self, question: Q_contra) -> A_co:
        """Answer, within seconds; whatever the other side does is an answer and never an error."""
        ...
