"""Who wrote which part of an answer, what kind a question was, and judgments of shelf entries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("generations") as batch:
        batch.add_column(sa.Column("kind", sa.String(16), nullable=True))
        batch.add_column(sa.Column("kind_confidence", sa.Double(), nullable=True))
    _create_answer_parts()
    _create_entry_judgments()


def downgrade() -> None:
    for table in ("entry_judgments", "answer_parts"):
        op.drop_table(table)
    with op.batch_alter_table("generations") as batch:
        batch.drop_column("kind_confidence")
        batch.drop_column("kind")


def _create_answer_parts() -> None:
    op.create_table(
        "answer_parts",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(255), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("cut_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_answer_parts"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name="fk_answer_parts_message_id_messages",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_answer_parts_entry_id", "answer_parts", ["entry_id"])


def _create_entry_judgments() -> None:
    op.create_table(
        "entry_judgments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("entry_id", sa.String(255), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entry_judgments"),
    )
    op.create_index("ix_entry_judgments_entry_id", "entry_judgments", ["entry_id"])
