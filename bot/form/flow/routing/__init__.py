"""Which question comes next, and which can be left out."""
