"""/export: approved public versions as a file in the moderator's chat."""
