"""The gallery: every screen and every text of the bot as pages that need nothing but a browser."""
