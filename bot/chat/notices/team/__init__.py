"""What the team is told without having asked."""
