"""The made-up reports a demo can begin with: cases, what becomes of each, and how they get into the database."""
