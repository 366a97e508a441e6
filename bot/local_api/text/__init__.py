"""Text as Telegram reads it: markup, entities, links, and lengths in UTF-16 code units."""
