"""Two answers to the same question, side by side, and which one somebody prefers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("left_id", sa.Integer(), nullable=False),
        sa.Column("right_id", sa.Integer(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparisons"),
        _to_message("left_id"),
        _to_message("right_id"),
    )
    for column in ("left_id", "right_id", "owner"):
        op.create_index(f"ix_comparisons_{column}", "comparisons", [column])


def downgrade() -> None:
    op.drop_table("comparisons")


def _to_message(column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_comparisons_{column}_messages"
    return sa.ForeignKeyConstraint([column], ["messages.id"], name=name, ondelete="CASCADE")
