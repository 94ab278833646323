"""Regions of slides, the questions about them, and who uploaded which slide."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _create_regions()
    _create_message_regions()
    _create_slide_uploads()


def downgrade() -> None:
    for table in ("slide_uploads", "message_regions", "regions"):
        op.drop_table(table)


def _create_regions() -> None:
    op.create_table(
        "regions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("slide_id", sa.String(64), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_regions"),
    )
    op.create_index("ix_regions_slide_id_owner", "regions", ["slide_id", "owner"])


def _create_message_regions() -> None:
    op.create_table(
        "message_regions",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_message_regions"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name="fk_message_regions_message_id_messages",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name="fk_message_regions_region_id_regions"
        ),
    )
    op.create_index("ix_message_regions_region_id", "message_regions", ["region_id"])


def _create_slide_uploads() -> None:
    op.create_table(
        "slide_uploads",
        sa.Column("slide_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slide_id", "owner", name="pk_slide_uploads"),
    )
