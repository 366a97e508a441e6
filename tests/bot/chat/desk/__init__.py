"""A desk: an administrator, three moderators, a translator and an analyst at work on the reports of two reporters, and a model that knows
what comes of each act, whose claim a report is, and who may see which word.

The rules of the model are those of the moderators' guide and of decisions 14 to 16 and 19, written anew: nothing of it is the program's.
`values` are what there is at a desk, `model` who may do what, `decisions` and `sweep` what comes of it; `bot_beside` is the bot, and keeps what
stands in the chats; `taps`, `moderators`, `team`, `reporters` and `jobs` are the acts; `whole` judges."""
