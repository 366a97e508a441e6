"""Expressions of a form: XPath as in ODK's JavaRosa, parsed once and evaluated over a filled form."""
