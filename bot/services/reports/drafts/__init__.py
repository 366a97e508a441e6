"""What is being written and not sent: by reporters, and by moderators who edit or ask; and what becomes of it when nobody goes on."""
