"""Every measure of the know-how, by name."""

from steward.app.plugins import load_know_how

MEASURES = {measure.name: measure for measure in load_know_how().measures}
