"""A form with answers: relevance, lists and limits that depend on them."""
