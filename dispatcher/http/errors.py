"""What ends an exchange before a whole answer was there."""

from __future__ import annotations

from dispatcher.types import Outcome


class ExchangeError(Exception):
    """An attempt that failed, already classified.

    `str()` of it is a short sentence for an operator and holds no secret.
    """

    def __init__(self, outcome: Outcome, sentence: str) -> None:
        super().__init__(sentence)
        self.outcome = outcome
