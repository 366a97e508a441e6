"""/country_update: the periodical document in an administrator's chat."""
