"""The application: wiring, the command line, jobs, and status for monitoring."""
