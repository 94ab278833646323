"""How Alembic reaches the database: through the connection it is handed, or by a URL.

The program migrates by itself when it starts (`clover_chat.storage.migrate`). By hand:

    alembic -x url=sqlite:///dev.sqlite revision --autogenerate -m "what changes"
    alembic -x url=sqlite:///dev.sqlite check
"""

from alembic import context
from sqlalchemy import Connection

from clover_chat.errors import MigrationError
from clover_chat.storage.migrate import migration_connection
from clover_chat.storage.search import is_index
from clover_chat.storage.tables import Base


def database_url() -> str:
    """Return the database named on the command line or in the settings of Alembic."""
    named = context.get_x_argument(as_dictionary=True).get("url")
    if url := named or context.config.get_main_option("sqlalchemy.url"):
        return url
    raise MigrationError("Say which database: alembic -x url=sqlite:///path/to/clover.sqlite ...")


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the index of the search, which is no table of the models, out of what is compared."""
    return not (kind == "table" and name is not None and is_index(name))


def run_on(connection: Connection) -> None:
    """Migrate over an open connection; its owner commits."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_name=is_ours,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def write_sql() -> None:
    """Write the statements down instead of executing them."""
    context.configure(
        url=database_url(),
        target_metadata=Base.metadata,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    write_sql()
elif (given := context.config.attributes.get("connection")) is not None:
    run_on(given)
else:
    with migration_connection(database_url()) as opened:
        run_on(opened)
