"""What is asked, and how: forms, the questions in them and the conversation, as pure values and functions."""
