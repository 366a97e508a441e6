"""/stats: how many reports there are, of what and where, and how soon they are decided, in words and in pictures.

The batch owes the answer, and what makes it counts and paints when it is sent, so that nobody waits for it."""
