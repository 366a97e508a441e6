"""Open data: yearly counts of events by month, region and category, in which no number identifies a person."""
