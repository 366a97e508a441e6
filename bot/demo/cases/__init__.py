"""Made-up reports for a demo."""
