"""What reporters are told without having asked, and of whom nobody can tell anything."""
