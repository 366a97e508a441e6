"""/stats: counts of reports and delays in words and pictures."""
