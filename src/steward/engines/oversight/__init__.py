"""Oversight: decisions, brakes, rules, audit, the owner's secret."""
