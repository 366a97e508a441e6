"""What is heard in a story, and what is not."""

import pytest

from tests.bot.form.typed.hearing import listen, names, rates, stories, text, told

LEAST_PROPOSED, MOST_WRONG = 60, 3
FACTS = ("category", "violations", "region", "when", "affected_number")


@pytest.mark.parametrize("name", ["heard_stories", "heard_stories_unseen"])
def test_rates(name):
    print(name, rates(stories(name)))
