"""Triggers and schedules: what starts work, when, and what came of it."""
