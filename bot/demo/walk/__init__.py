"""Walks: every screen of a form, and chats with the real handlers, for the gallery and for the tests of screens."""
