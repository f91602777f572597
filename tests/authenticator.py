"""An authenticator app: shows the code of a moment from the secret it was given to take over."""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP


def code_of(secret: str, at: datetime) -> str:
    """Return the code that an app shows then."""
    plain = secret.replace(" ", "")
    key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    return TOTP(key, 6, SHA1(), 30).generate(int(at.timestamp())).decode()
