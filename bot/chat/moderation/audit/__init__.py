"""Command /audit for administrators: the audit log and its check."""
