"""What a chat shows and how it is drawn: messages and their buttons, what a button says when tapped, prompts and their traces."""
