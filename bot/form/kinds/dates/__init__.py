"""The kind of question for dates and periods: typed, picked, or tapped in a calendar."""
