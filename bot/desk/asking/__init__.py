"""Questions of a moderator to the reporter of a report."""
