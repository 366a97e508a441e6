"""What is said in a chat that no update of it asked for: news to moderators, the audit log's head, what could not be deleted."""
