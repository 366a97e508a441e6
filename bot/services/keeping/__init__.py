"""Retention, and checks that the operator's keys still open the database."""
