"""PostgreSQL is killed between notice and delivery: what was written is delivered."""

from __future__ import annotations

from contextlib import suppress

from django.db import DatabaseError, InterfaceError, connection

from rectification.models import Item
from tests.cast import Cast
from tests.faults.doors import endpoint, mail_server
from tests.faults.test_outbox import Post, all_sent, once_in_the_inbox, overdue, post
from tests.faults.test_sync_kills import Cluster, cluster, real_db
from tests.stack import Stack, wait_until

__all__ = ["cluster", "post", "real_db"]


def test_postgres_killed_and_restarted(
    post: Post, stack: Stack, item: Item, cast: Cast, cluster: Cluster
) -> None:
    overdue(item, cast, stack)
    post.sms.fails = True

    def mails() -> bool:
        with suppress(DatabaseError, InterfaceError):
            return all_sent("邮件")
        connection.close()
        return False

    with endpoint(post.sms), mail_server(post.mail):
        stack.start("worker", "courier", "beat")
        wait_until(lambda: post.sms.asked, "the first try")
        cluster.kill()
        cluster.start()
        connection.close()
        wait_until(mails, "the mails after PostgreSQL came back", 60)
        post.sms.fails = False
        wait_until(lambda: all_sent("短信"), "the messages after PostgreSQL came back", 60)
    once_in_the_inbox(cast)
