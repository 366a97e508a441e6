"""Sharing of an encrypted export that two administrators agree on."""
