"""Country update: the periodical document on civic space, made of approved public records only.

`export` provides the records, `composing` builds a document in which every statement cites its records,
`rendering` writes the file.
"""
