"""The kind of question that is answered with a date or a period: typed, picked by buttons, or tapped in a calendar."""
