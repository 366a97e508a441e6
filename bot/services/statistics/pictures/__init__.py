"""Pictures of figures as PNG files for a phone, from plain values: what they say comes in the reader's language.

Pure: the same values give the same bytes, which tell neither a time nor a program. They are painted by Pillow with a font that
is here, since no server need have one with Kazakh letters."""
