"""Talk with a reporter after the report was sent: moderators' questions, the reporter's additions, and reply
channels."""
