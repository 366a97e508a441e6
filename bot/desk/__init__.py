"""The moderators' desk: a team takes reports from a queue, writes public versions and decides."""
