"""The log: whatever a library or a traceback says is masked before it is written."""

from __future__ import annotations

import logging

from steward.lib.redact import Redactor

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_QUIET = ("asyncssh", "alembic", "dbos", "httpcore2", "httpx2")


class MaskingFormatter(logging.Formatter):
    """Writes a record as one text, traceback and all, and masks that."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(_FORMAT)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the masked text of a record."""
        return self._redactor.text(super().format(record))


def log_to_stderr(redactor: Redactor) -> None:
    """Log to standard error through this redactor."""
    logging.basicConfig(level=logging.INFO)
    mask_logs(redactor)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def mask_logs(redactor: Redactor) -> None:
    """Mask with this redactor from now on, for example with one that knows the values of the vault."""
    for name in ("", "dbos"):
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(MaskingFormatter(redactor))
