"""A key or the health of a service changes at Consul."""

from __future__ import annotations

from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind
from steward.model.watches import ConsulWatch, problems_of

_EXAMPLE = """kind: consul
says: Look into a service that Consul calls unwell
url: http://consul.lan:8500
service: web              # or key: config/web
# token: secret://consul
starts:
  goal: incident
"""

PLUGIN = SourceKind[ConsulWatch](
    kind=TriggerKind.CONSUL,
    summary="A key or the health of a service changes at Consul.",
    example=_EXAMPLE,
    record=ConsulWatch,
    check=problems_of,
)
