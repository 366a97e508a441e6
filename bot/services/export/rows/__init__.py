"""The rows of an export: a record of each version, narrowed down or made anonymous, as cells and as JSON."""
