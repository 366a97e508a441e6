"""What in a text gives somebody away, found by patterns for Kazakhstan: names, phones, IINs, plates, addresses, exact
coordinates. Pure, in Kazakh, Russian and English at once, since people mix them. Each pattern is bounded, so that the time is
linear in the text."""
