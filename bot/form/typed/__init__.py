"""Interpretation of typed words in any language."""
