"""A document made of records: pure, the same records give the same document. Whatever it says of a record names the record."""
