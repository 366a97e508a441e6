"""Country updates: the periodical document on civic space, composed of approved public records only."""
