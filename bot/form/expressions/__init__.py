"""Expressions of a form: XPath as in ODK's JavaRosa."""
