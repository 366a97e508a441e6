"""One report as its moderator sees it, and the talk with its reporter."""
