"""The moderators' desk: a queue of reports, public versions and decisions."""
