"""Commands that everyone has, and limits on what one sender may do in a day."""
