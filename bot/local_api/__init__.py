"""A Bot API over HTTP on one's own machine, with phones to drive whatever bot runs on it."""
