"""Statistics: counts of reports by month, place and category, and how long they take."""
