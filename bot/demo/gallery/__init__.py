"""The gallery: static pages with every screen and text of the bot."""
