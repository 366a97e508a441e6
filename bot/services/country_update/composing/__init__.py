"""Composition of the document. It is pure: equal records give equal documents. Every statement about records
cites them."""
