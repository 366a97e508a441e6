"""The gallery: every screen and text of the bot as pages that need nothing but a browser."""
