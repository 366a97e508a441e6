"""Commands and buttons by which a report is decided, each after a second look; a module a decision."""
