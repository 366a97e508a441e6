"""Cleaning of files: a confined process rebuilds each file without data about place, device and people."""
