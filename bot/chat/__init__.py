"""Tools that every chat needs: the turn of an update, screens, buttons and menus."""
