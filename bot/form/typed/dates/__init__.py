"""Interpretation of typed days, months, years and periods, exact or vague, in any language."""
