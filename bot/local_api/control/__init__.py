"""What tests switch and read: failures on purpose, flood limits and the log of calls."""
