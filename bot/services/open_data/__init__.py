"""Open data without people: how many events a year had, by month, region and category, so that no number tells of few."""
