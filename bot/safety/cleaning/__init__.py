"""Cleaning of files: told apart by their content, then rebuilt without data about place, device and people, by a process
of its own that can reach nothing and may die of any file."""
