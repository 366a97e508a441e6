"""A form as far as it is filled in: its answers, what they make relevant, lists and bounds that depend on them."""
