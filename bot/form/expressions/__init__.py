"""Expressions of a form: XPath as ODK's JavaRosa understands it, parsed once and evaluated over a filled form."""
