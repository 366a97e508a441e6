"""Talks of two moderators and three reporters, one of whom has sent two reports, and a model that knows who may see which word.

`model` knows what comes of an act, `desk`, `phones` and `time` do it at the bot as well, `judging` compares the two, and `whole` is all of
it. Each act is one that a person can do at any time, by a button that may be stale or a command. A word is unique: it is said once,
by one person, of one report."""
