"""The talk with a reporter: what moderators ask of a report that was sent, what its reporter adds, and the way back to them."""
