"""Interpretation of typed dates, amounts, links and choices in any language."""
