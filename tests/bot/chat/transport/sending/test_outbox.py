"""What the sender delivered, and how it is deleted again."""

from bot.chat.transport.sending.call import MOST_DELETED, deletions


def test_many_messages_are_deleted_by_several_calls() -> None:
    """None takes more than the Bot API allows, none is left out, and nothing to delete needs no call."""
    ids = list(range(2 * MOST_DELETED + 1))
    calls = list(deletions(5, ids))
    assert [len(call.doomed) for call in calls] == [MOST_DELETED, MOST_DELETED, 1]
    assert [number for call in calls for number in call.doomed] == ids
    assert {(call.method, call.params["chat_id"]) for call in calls} == {("deleteMessages", 5)}
    assert [call.method for call in deletions(5, [7])] == ["deleteMessage"]
    assert list(deletions(5, [])) == []
