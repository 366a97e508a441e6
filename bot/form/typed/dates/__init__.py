"""Dates as people type them: days, months, years and periods, exact or vague, in any language."""
