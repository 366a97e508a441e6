"""A walk through every screen of a form, for the gallery and for the tests of screens."""
