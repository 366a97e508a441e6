"""Talk with a reporter after the report was sent."""
