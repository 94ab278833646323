"""The schema on a real PostgreSQL; what else runs there is said in `tests/databases.py`."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from clover_chat.storage.database import connect
from clover_chat.storage.migrate import alembic_config, migration_connection, upgrade
from clover_chat.storage.tables import Base
from tests import postgresql


@pytest.fixture
def url() -> str:
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    return postgresql.fresh_url()


def test_the_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    upgrade(url)
    upgrade(url)
    engine = connect(url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    assert differences == []


def test_the_migrations_can_be_taken_back(url: str) -> None:
    upgrade(url)
    with migration_connection(url) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    upgrade(url)
