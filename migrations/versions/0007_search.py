"""An index over the texts of messages, for search; only SQLite needs one of its own.

The texts stay where they are: the index refers to them by the id of the message, and triggers on
the messages keep it true. A later revision that makes the table of messages anew has to make the
triggers anew as well, since they go with the old one.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = """
    CREATE VIRTUAL TABLE message_search USING fts5(
        content,
        content='messages',
        content_rowid='id',
        tokenize='unicode61 remove_diacritics 2',
        prefix='2 3'
    )
"""
FORGET = "INSERT INTO message_search(message_search, rowid, content) " + (
    "VALUES ('delete', old.id, old.content)"
)
NOTE = "INSERT INTO message_search(rowid, content) VALUES (new.id, new.content)"
TRIGGERS = {
    "message_search_added": f"AFTER INSERT ON messages BEGIN {NOTE}; END",
    "message_search_deleted": f"AFTER DELETE ON messages BEGIN {FORGET}; END",
    "message_search_changed": (
        "AFTER UPDATE OF content ON messages WHEN old.content <> new.content "
        f"BEGIN {FORGET}; {NOTE}; END"
    ),
}


def upgrade() -> None:
    if not _is_sqlite():
        return
    op.execute(INDEX)
    op.execute("INSERT INTO message_search(message_search) VALUES ('rebuild')")
    for name, rule in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {rule}")


def downgrade() -> None:
    if not _is_sqlite():
        return
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name}")
    op.execute("DROP TABLE message_search")


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
