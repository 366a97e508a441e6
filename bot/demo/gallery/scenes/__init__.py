"""Scenes of the gallery's script."""
