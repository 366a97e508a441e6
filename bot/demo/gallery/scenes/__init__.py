"""Scenes of the gallery's script: what people do, so that the bot says what it says."""
