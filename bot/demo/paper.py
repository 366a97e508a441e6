"""Answers put down by the names of their questions."""

from bot.form.answers import Answer, Chosen, Part, Written
from bot.form.model import Form, Group


class Paper:
    """A form that is filled in without a chat: `answers` by instance path, `counts` by the path of each repeat, as
    a draft has them. Names are those of the form's questions, unique in the forms of this program."""

    def __init__(self, form: Form) -> None:
        self.answers: dict[str, Answer] = {}
        self.counts: dict[str, int] = {}
        self._paths = {node.name: node.path for node in form.nodes.values()}
        self._repeats = tuple(
            node.path for node in form.nodes.values() if isinstance(node, Group) and node.repeat
        )

    def path(self, name: str, instance: int = 0) -> str:
        """The instance path of a question. Raises KeyError for a name that the form does not have."""
        path = self._paths[name]
        for repeat in self._repeats if instance else ():
            if path.startswith(f"{repeat}/"):
                return path.replace(repeat, f"{repeat}[{instance}]", 1)
        return path

    def count(self, repeat: str, instances: int) -> None:
        """A repeat has so many instances."""
        self.counts[self._paths[repeat]] = instances

    def put(self, name: str, answer: Answer, *, instance: int = 0) -> None:
        """An answer of any kind."""
        self.answers[self.path(name, instance)] = answer

    def choose(self, name: str, *codes: str, instance: int = 0) -> None:
        """Chosen codes; none leaves the question out."""
        if codes:
            self.put(name, Chosen(codes), instance=instance)

    def write(self, name: str, words: str, *, instance: int = 0) -> None:
        """A text in one message."""
        self.put(name, Written((Part(words),)), instance=instance)
