"""A use of each operation of certificates, and the facts for it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from steward.knowhow.facts.certificates import Certificates
from steward.knowhow.facts.ports import Listener, Ports
from tests.unit.knowhow.snapshots import NOW, recorded

_RECORDED = recorded(certificates="renewed_and_not_loaded").values["certificates"]


def due(known: Certificates) -> Certificates:
    """Return the same with every file of certbot about to expire."""
    files = {
        path: replace(one, ends_at=NOW + timedelta(days=5)) if path.endswith("/cert.pem") else one
        for path, one in known.files.items()
    }
    return replace(known, files=files)


HTTPS = Listener(protocol="tcp", port=443, address="*", device="", unit="nginx.service", program="nginx")
SEEN: dict[str, Any] = {"certificates": due(_RECORDED), "ports": Ports(listeners={"tcp 443 *": HTTPS})}
USES: list[tuple[str, dict[str, Any]]] = [
    ("unit.reload", {"unit": "nginx.service"}),
    ("certificate.load", {"certificate": "wiki.example.org:443"}),
    ("certificate.renew", {"certificate": "wiki.example.org"}),
]
