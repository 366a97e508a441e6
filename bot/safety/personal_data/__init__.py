"""Detection of personal data in texts from Kazakhstan, in Kazakh, Russian and English at once. Pure.
Patterns are bounded, so the time is linear in the text."""
