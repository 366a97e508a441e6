"""Forms of this installation, and their requirements."""
