"""Charts as PNG for a phone, painted by Pillow with a bundled font, since servers may lack Kazakh letters.

Pure: equal values give equal bytes, without time or program.
"""
