"""Exports of approved versions: scopes, columns, formats and the export register."""
