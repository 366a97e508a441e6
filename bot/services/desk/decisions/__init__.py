"""What is decided of a report, by one moderator who holds it or by several in turn; a module a decision."""
