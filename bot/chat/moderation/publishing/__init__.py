"""Commands that write the public version."""
