"""A message comes from an MQTT broker, or an entity of Home Assistant changes its state."""

from __future__ import annotations

from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind
from steward.model.watches import MqttWatch, problems_of

_EXAMPLE = """kind: mqtt
says: Tell at once when the cellar is wet
broker: mqtt.lan
# user: steward
# password: secret://mqtt # `steward secrets set mqtt`
entity: binary_sensor.cellar_leak  # of Home Assistant; or topics: ["alarms/#"]
to: "on"
for: 30s
starts:
  goal: incident
"""

PLUGIN = SourceKind[MqttWatch](
    kind=TriggerKind.MQTT,
    summary="A message comes from an MQTT broker, or an entity of Home Assistant changes its state.",
    example=_EXAMPLE,
    record=MqttWatch,
    check=problems_of,
)
