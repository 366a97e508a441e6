"""What growth costs: the same acts on a database of a thousand reports and of a million. What is alike in both says `README.md` above."""
