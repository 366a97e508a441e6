"""Interpretation of typed dates and periods, exact or vague."""
