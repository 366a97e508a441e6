"""A note: words with a button to go on. One with `bot:contacts` tells who helps, or that nobody known does."""

from bot.form.kinds.kind import Kind


class NoteQuestion(Kind):
    """Takes no answer."""

    name = "note"
    tells_words = False
    spellings = ("note",)
