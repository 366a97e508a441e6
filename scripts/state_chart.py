"""Draw the states and moves of a report into the moderators' guides.

Run `uv run python -m scripts.state_chart` from the repository's root.
"""

from collections.abc import Mapping
from pathlib import Path

from bot.reports.states import MOVES, Move, Status

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDES = {"en": "moderators.md", "ru": "moderators.ru.md", "kk": "moderators.kk.md"}
STATES: Mapping[str, Mapping[Status, str]] = {
    "en": {
        Status.NEW: "new",
        Status.CLAIMED: "claimed",
        Status.UNDOABLE: "can be undone",
        Status.NEEDS_INFO: "needs information",
        Status.APPROVED: "approved",
        Status.REJECTED: "rejected",
        Status.WITHDRAWN: "withdrawn",
        Status.EXPIRED: "expired",
    },
    "ru": {
        Status.NEW: "новое",
        Status.CLAIMED: "в работе",
        Status.UNDOABLE: "можно отменить",
        Status.NEEDS_INFO: "нужны сведения",
        Status.APPROVED: "одобрено",
        Status.REJECTED: "отклонено",
        Status.WITHDRAWN: "отозвано",
        Status.EXPIRED: "истекло",
    },
    "kk": {
        Status.NEW: "жаңа",
        Status.CLAIMED: "жұмыста",
        Status.UNDOABLE: "болдырмауға болады",
        Status.NEEDS_INFO: "мәлімет керек",
        Status.APPROVED: "мақұлданған",
        Status.REJECTED: "қабылданбаған",
        Status.WITHDRAWN: "қайтарып алынған",
        Status.EXPIRED: "мерзімі өткен",
    },
}
"""Names of states in the guides."""
ACTIONS: Mapping[str, Mapping[Move, str]] = {
    "en": {
        Move.CLAIM: "claim",
        Move.RELEASE: "release, or the claim expires",
        Move.HAND_OVER: "hand over",
        Move.PUT_BACK: "give back what was approved before",
        Move.DECIDE: "decide",
        Move.UNDO: "undo, or it takes effect",
        Move.ENDORSE: "approve, and another has to",
        Move.APPROVE: "approve",
        Move.REJECT: "reject",
        Move.REVIVE: "the report that it repeats is withdrawn",
        Move.TAKE_BACK: "withdraw for the reporter",
        Move.CLOSE_AS_DUPLICATE: "close as a duplicate",
        Move.RESUME: "the reporter answers, or too much time passes",
        Move.SET_ASIDE: "set aside until the reporter answers",
        Move.JOIN: "join an incident",
        Move.LEAVE: "leave the incident",
        Move.RELATE: "relate to another case",
        Move.CORRECT: "correct",
        Move.REOPEN: "reopen",
        Move.WITHDRAW: "the reporter withdraws",
        Move.EXPIRE: "its storage period ends",
        Move.STAND: "its storage period ends, what is public stands",
    },
    "ru": {
        Move.CLAIM: "взять в работу",
        Move.RELEASE: "вернуть в очередь, или срок истёк",
        Move.HAND_OVER: "передать коллеге",
        Move.PUT_BACK: "вернуть то, что уже одобрено",
        Move.DECIDE: "принять решение",
        Move.UNDO: "отменить, или оно вступает в силу",
        Move.ENDORSE: "одобрить, и должен ещё кто-то",
        Move.APPROVE: "одобрить",
        Move.REJECT: "отклонить",
        Move.REVIVE: "сообщение, которое оно повторяет, отозвано",
        Move.TAKE_BACK: "отозвать за автора",
        Move.CLOSE_AS_DUPLICATE: "закрыть как повтор",
        Move.RESUME: "автор ответил, или прошло слишком много времени",
        Move.SET_ASIDE: "отложить до ответа автора",
        Move.JOIN: "добавить к событию",
        Move.LEAVE: "убрать из события",
        Move.RELATE: "связать с другим случаем",
        Move.CORRECT: "исправить",
        Move.REOPEN: "открыть заново",
        Move.WITHDRAW: "автор отзывает",
        Move.EXPIRE: "закончился срок хранения",
        Move.STAND: "закончился срок хранения, опубликованное остаётся",
    },
    "kk": {
        Move.CLAIM: "алу",
        Move.RELEASE: "кезекке қайтару немесе мерзім бітті",
        Move.HAND_OVER: "әріптеске беру",
        Move.PUT_BACK: "бұрын мақұлданғанды қайтару",
        Move.DECIDE: "шешім қабылдау",
        Move.UNDO: "болдырмау, немесе ол күшіне енеді",
        Move.ENDORSE: "мақұлдау, тағы біреу мақұлдауы керек",
        Move.APPROVE: "мақұлдау",
        Move.REJECT: "қабылдамау",
        Move.REVIVE: "ол қайталаған хабарлама қайтарып алынды",
        Move.TAKE_BACK: "хабарлаушы үшін қайтарып алу",
        Move.CLOSE_AS_DUPLICATE: "қайталама ретінде жабу",
        Move.RESUME: "хабарлаушы жауап берді немесе тым көп уақыт өтті",
        Move.SET_ASIDE: "хабарлаушы жауап бергенше қоя тұру",
        Move.JOIN: "оқиғаға қосу",
        Move.LEAVE: "оқиғадан шығару",
        Move.RELATE: "басқа жағдаймен байланыстыру",
        Move.CORRECT: "түзету",
        Move.REOPEN: "қайта ашу",
        Move.WITHDRAW: "хабарлаушы қайтарып алды",
        Move.EXPIRE: "сақтау мерзімі бітті",
        Move.STAND: "сақтау мерзімі бітті, жарияланғаны қалады",
    },
}
"""Names of moves in the guides."""


def chart(language: str) -> str:
    """A Mermaid block (stateDiagram-v2), which GitHub shows as a picture.

    Moves between two states share an arrow.
    """
    states, actions = STATES[language], ACTIONS[language]
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for (before, move), to in MOVES.items():
        arrows.setdefault((before, to), []).append(actions[move])
    lines = [
        *(f'    state "{states[one]}" as {one}' for one in Status),
        f"    [*] --> {Status.NEW}",
        *(f"    {before} --> {to}: {'; '.join(words)}" for (before, to), words in arrows.items()),
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def with_chart(guide: str, language: str) -> str:
    """Replace a guide's drawing. Raises ValueError if it has none."""
    before, begun, rest = guide.partition("```mermaid\n")
    if not begun:
        raise ValueError("the guide has no drawing")
    return before + chart(language) + rest.partition("```\n")[2]


if __name__ == "__main__":
    for code, name in GUIDES.items():
        path = DOCS / name
        path.write_text(with_chart(path.read_text("utf-8"), code), "utf-8")
