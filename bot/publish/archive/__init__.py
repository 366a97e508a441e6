"""Bundles of the archive, which the organisation opens on its own machine."""
