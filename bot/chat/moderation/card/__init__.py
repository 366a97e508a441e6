"""Card of a report, its files, and questions to its reporter."""
