"""The talk with a reporter: questions of moderators, answers, and the reply channel."""
