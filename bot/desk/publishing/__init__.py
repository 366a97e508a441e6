"""Writing of the public version: editing, translation and withheld parts."""
