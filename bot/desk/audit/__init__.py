"""/audit for administrators: the log page by page, and a check that it is whole."""
