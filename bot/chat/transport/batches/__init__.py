"""What one transaction processes: which updates are let in, which wait their turn, and the batch that is made of them."""
