"""Lists of choices, and talks that begin at them."""

from bot.form.events import Show
from bot.form.model import Choice, Question
from tests.bot.form.talks import Talk, choices, form, question

REGIONS = tuple(
    Choice(name, {"kk": kk, "ru": ru, "en": en})
    for name, kk, ru, en in (
        ("KZ-10", "Абай облысы", "область Абай", "Abai Region"),
        ("KZ-43", "Қызылорда облысы", "Кызылординская область", "Kyzylorda Region"),
        ("KZ-75", "Алматы қаласы", "город Алматы", "Almaty City"),
        ("KZ-19", "Алматы облысы", "Алматинская область", "Almaty Region"),
        ("KZ-62", "Ұлытау облысы", "область Улытау", "Ulytau Region"),
        ("ART-272", "272-бап", "ст. 272", "article 272"),
    )
)


def talk(asked: Question) -> Talk:
    """A talk at this question, with another after it."""
    begun = Talk(form(asked, question("after")))
    begun.send(Show())
    return begun


def one(*names: str, **columns: object) -> Talk:
    """A talk at a choice of one."""
    return talk(question("one", "select_one", choices=choices(*names), **columns))


def many(*names: str, **columns: object) -> Talk:
    """A talk at a choice of several."""
    return talk(question("many", "select_multiple", choices=choices(*names), **columns))


def regions() -> Talk:
    """A talk at the regions."""
    return talk(question("one", "select_one", choices=REGIONS))


def names(count: int) -> tuple[str, ...]:
    """Names of choices whose labels are too long for two columns."""
    return tuple(f"a-choice-with-a-long-name-{number:02}" for number in range(count))
