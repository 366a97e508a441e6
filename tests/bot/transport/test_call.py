"""A call that is owed: what it deletes, and in which row it opens."""

from bot.local_api.client import Phone
from bot.transport.call import MOST_DELETED, deletions
from tests.bot.transport.post import A, B, Post, heard, texts_of


def test_many_messages_are_deleted_by_several_calls() -> None:
    """None takes more than the Bot API allows, none is left out, and nothing to delete needs no call."""
    ids = list(range(2 * MOST_DELETED + 1))
    calls = list(deletions(5, ids))
    assert [len(call.doomed) for call in calls] == [MOST_DELETED, MOST_DELETED, 1]
    assert [number for call in calls for number in call.doomed] == ids
    assert {(call.method, call.params["chat_id"]) for call in calls} == {("deleteMessages", 5)}
    assert [call.method for call in deletions(5, [7])] == ["deleteMessage"]
    assert list(deletions(5, [])) == []


async def test_a_payload_opens_only_in_its_row(post: Post, phones: tuple[Phone, Phone]) -> None:
    """Somebody who can write to the file cannot send one chat's answer to another."""
    one, other = post.row(A, "for A"), post.row(B, "for B")
    one.payload, other.payload = other.payload, one.payload
    post.sender.accept([one, other, post.row(A, "next")])
    await post.until(3)
    assert await heard(phones[0], 1) == ["next"]
    assert texts_of(phones[1]) == []
