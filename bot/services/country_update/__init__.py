"""A country update: the periodical document on civic space, composed of approved public records and of nothing else.

Records come from `export`; `composing` makes a document of them, a value in which every statement names the records that it comes
from; `rendering` writes that as a file."""
