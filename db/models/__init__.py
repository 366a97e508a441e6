"""Tables. Content is sealed before it comes here, and people are keyed hashes. Times are whole hours since
1970-01-01 UTC, so that nothing finer can be stored."""

# ruff: noqa: F403 - all tables and conditions, each named where it is defined alone
from db.models.base import *
from db.models.chats import *
from db.models.reports import *
from db.models.team import *
