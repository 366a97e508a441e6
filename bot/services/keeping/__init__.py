"""Retention, and checks of the operator's keys."""
