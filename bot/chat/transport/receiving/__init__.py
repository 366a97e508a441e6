"""What comes in: updates, who is let in, what waits its turn, and the batch in which they are worked."""
