import io
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from clover_chat.errors import MigrationError, StorageError
from clover_chat.resources import resource_dir
from clover_chat.storage import comparisons, feedback, judgments
from clover_chat.storage.conversations import (
    add_answer,
    add_conversation,
    add_question,
    get_conversation,
    list_messages,
    save_answer,
)
from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.migrate import (
    alembic_config,
    backup,
    migration_connection,
    upgrade,
)
from clover_chat.storage.regions import add_region
from clover_chat.storage.search import INDEX, find_words, is_index
from clover_chat.storage.tables import AnswerPart, Base
from clover_chat.types import Author, Choice, Ending, Figures, Kind, Reason, Sampling, Thumb
from tests.databases import sqlite_only, url_of

ADD_A_COLUMN = """
    with op.batch_alter_table("conversations") as batch:
        batch.add_column(sa.Column("note", sa.Text(), nullable=True))
        batch.alter_column("title", existing_type=sa.String(255), type_=sa.Text())
"""
FAIL_HALF_WAY = """
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""
BREAK_A_REFERENCE = """
    op.execute("DELETE FROM messages WHERE role = 'user'")
"""
REVISION = '''
"""A revision of tomorrow."""
import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = "{head}"


def upgrade() -> None:
{body}
'''

TABLES_OF_0001 = ("conversations", "messages", "images", "message_images", "generations")
COLUMNS_OF_0001 = {"conversations": 6, "generations": 15}
ROWS_OF_0001 = """
    INSERT INTO conversations VALUES
        ('old', 'ada', 'Organ?', NULL, '2026-03-01 12:30:00.0', '2026-03-01 12:30:00.0');
    INSERT INTO messages VALUES
        (1, 'old', NULL, 'user', 'Organ?', 'complete', '2026-03-01 12:30:00.0'),
        (2, 'old', 1, 'assistant', 'Colon.', 'complete', '2026-03-01 12:30:00.0');
    UPDATE conversations SET active_leaf_id = 2;
    INSERT INTO images VALUES ('hash', 640, 480, 'upload', '2026-03-01 12:30:00.0');
    INSERT INTO message_images VALUES (1, 0, 'hash');
    INSERT INTO generations VALUES
        (1, 2, 'clover-mini', '0.1', 'f', 0, 0.9, 64, 0, 40, 2, 0.2, 20, 'complete',
         '2026-03-01 12:30:00.0');
"""
ROWS_OF_0002 = """
    INSERT INTO messages VALUES
        (3, 'old', 2, 'user', 'And here?', 'complete', '2026-03-01 12:31:00.0');
    INSERT INTO regions VALUES
        (1, 'ada', 'slide', 100, 200, 300, 400, 'Mitosis', '2026-03-01 12:31:00.0');
    INSERT INTO message_regions VALUES (3, 0, 1);
"""

Tomorrow = Callable[[str], Path]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clover.sqlite"


@pytest.fixture
def url(path: Path) -> str:
    return url_of(path)


@pytest.fixture
def tomorrow(tmp_path: Path) -> Tomorrow:
    """Return a maker of the migrations as they will be with one more revision."""

    def make(body: str) -> Path:
        script_dir = tmp_path / "migrations of tomorrow 100%"
        shutil.copytree(resource_dir("migrations"), script_dir)
        revision = script_dir / "versions" / "tomorrow.py"
        revision.write_text(REVISION.format(head=_head(), body=body.strip("\n")))
        return script_dir

    return make


def _head() -> str:
    (name,) = sorted((resource_dir("migrations") / "versions").glob("*.py"))[-1:]
    return name.stem.split("_")[0]


def _fill(url: str) -> None:
    engine = connect(url)
    with sessions_on(engine).begin() as session:
        conversation = add_conversation(session, owner="ada", title="What is it?")
        question = add_question(
            session,
            conversation=conversation,
            parent_id=None,
            content="What is it?",
            image_hashes=(),
        )
        add_answer(session, conversation=conversation, question_id=question.id, sampling=Sampling())
    engine.dispose()


def _migrate(url: str, verb: Callable[[Config, str], None], revision: str) -> None:
    config = alembic_config()
    with migration_connection(url) as connection:
        config.attributes["connection"] = connection
        verb(config, revision)


def _fill_0001(path: Path) -> None:
    """Write a conversation with a patch as the first version of the program did."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS_OF_0001)


def _fill_0002(path: Path) -> None:
    """Write a question about a region as the program did when it learnt of regions."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS_OF_0002)


def _rows_of_0001(path: Path) -> dict[str, list[tuple[object, ...]]]:
    rows = {table: _query(path, f"SELECT * FROM {table}") for table in TABLES_OF_0001}  # noqa: S608 - our own names
    for table, count in COLUMNS_OF_0001.items():
        rows[table] = [row[:count] for row in rows[table]]
    return rows


def _ask_about_a_region(url: str, conversation_id: str) -> None:
    engine = connect(url)
    with sessions_on(engine).begin() as session:
        region = add_region(
            session,
            owner="ada",
            slide_id="d" * 64,
            x=100,
            y=200,
            width=300,
            height=400,
            name="Mitosis",
        )
        conversation = get_conversation(session, owner="ada", conversation_id=conversation_id)
        add_question(
            session,
            conversation=conversation,
            parent_id=conversation.active_leaf_id,
            content="And here?",
            image_hashes=(),
            regions=[region],
        )
    engine.dispose()


def _query(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def _backups(path: Path) -> list[Path]:
    return [found for found in path.parent.iterdir() if ".backup-" in found.name]


def test_an_empty_place_gets_every_table(path: Path, url: str) -> None:
    assert upgrade(url) is None
    tables = {name for (name,) in _query(path, "SELECT name FROM sqlite_master WHERE type='table'")}
    assert {name for name in tables if not is_index(str(name))} == {
        *Base.metadata.tables,
        "alembic_version",
    }
    assert INDEX in tables
    assert _backups(path) == []


def test_the_migrations_and_the_tables_do_not_drift_apart(url: str) -> None:
    upgrade(url)
    config = alembic_config()
    with migration_connection(url) as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_the_migrations_give_constraints_the_names_of_the_tables(path: Path, url: str) -> None:
    upgrade(url)
    (schema,) = _query(path, "SELECT group_concat(sql, ' ') FROM sqlite_master")
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert f"CONSTRAINT {constraint.name} " in str(schema)


def test_upgrading_again_changes_nothing(path: Path, url: str) -> None:
    upgrade(url)
    _fill(url)
    before = _dump(path)
    assert upgrade(url) is None
    assert _dump(path) == before


def test_an_older_database_keeps_its_rows_and_a_copy_is_made_first(
    path: Path, url: str, tomorrow: Tomorrow
) -> None:
    upgrade(url)
    _fill(url)
    before = _dump(path)
    copy = upgrade(url, tomorrow(ADD_A_COLUMN))
    assert copy is not None
    assert _backups(path) == [copy]
    assert _dump(copy) == before
    assert _query(path, "SELECT title, note FROM conversations") == [("What is it?", None)]
    assert len(_query(path, "SELECT id FROM messages")) == 2
    assert len(_query(path, "SELECT id FROM generations")) == 1


def test_a_database_without_rows_is_migrated_without_a_copy(
    path: Path, url: str, tomorrow: Tomorrow
) -> None:
    upgrade(url)
    assert upgrade(url, tomorrow(ADD_A_COLUMN)) is None
    assert _query(path, "SELECT version_num FROM alembic_version") == [("tomorrow",)]
    assert _backups(path) == []


@pytest.mark.parametrize("body", [FAIL_HALF_WAY, BREAK_A_REFERENCE])
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    path: Path, url: str, tomorrow: Tomorrow, body: str
) -> None:
    upgrade(url)
    _fill(url)
    before = _dump(path)
    with pytest.raises(MigrationError, match="left as it was"):
        upgrade(url, tomorrow(body))
    assert _dump(path) == before
    assert len(_backups(path)) == 1


def test_a_database_of_a_newer_version_is_refused_untouched(
    path: Path, url: str, tomorrow: Tomorrow
) -> None:
    upgrade(url, tomorrow(ADD_A_COLUMN))
    before = _dump(path)
    with pytest.raises(MigrationError, match=r"newer version.*tomorrow.*Update CLOVER Chat"):
        upgrade(url)
    assert _dump(path) == before


def test_tables_of_somebody_else_are_refused_untouched(path: Path, url: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE messages (subject TEXT)")
    with pytest.raises(MigrationError, match=r"did not make \(messages\)"):
        upgrade(url)
    assert _query(path, "SELECT name FROM sqlite_master") == [("messages",)]


def test_a_file_that_is_no_database_is_refused(path: Path, url: str) -> None:
    path.write_bytes(b"A letter, not a database. " * 100)
    with pytest.raises(MigrationError, match="file is not a database"):
        upgrade(url)


def test_two_programs_started_at_once_migrate_once(path: Path, url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            upgrade(url)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(_query(path, "SELECT version_num FROM alembic_version")) == 1


@sqlite_only
def test_a_database_in_use_can_be_copied(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "clover.sqlite"
    _fill(url_of(path))
    with sessions_on(engine).begin() as writer:
        add_conversation(writer, owner="ada", title="Not committed yet")
        copy = backup(url_of(path))
    assert _query(copy, "SELECT title FROM conversations") == [("What is it?",)]


def test_there_must_be_a_database_to_copy(url: str) -> None:
    with pytest.raises(StorageError, match="no database at"):
        backup(url)


def test_other_databases_are_copied_by_their_own_means() -> None:
    with pytest.raises(StorageError, match="a server has means of its own"):
        backup("postgresql://lab/clover")


def test_a_database_from_before_regions_keeps_its_rows_and_its_conversations_go_on(
    path: Path, url: str
) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    before = _rows_of_0001(path)
    assert all(before.values())
    copy = upgrade(url)
    assert copy is not None
    assert _backups(path) == [copy]
    assert _rows_of_0001(copy) == _rows_of_0001(path) == before
    _ask_about_a_region(url, "old")
    assert _query(path, "SELECT position, name FROM message_regions JOIN regions") == [
        (0, "Mitosis")
    ]


def test_regions_can_be_taken_back_without_harm_to_what_was_there_before(
    path: Path, url: str
) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    before = _rows_of_0001(path)
    upgrade(url)
    _ask_about_a_region(url, "old")
    _migrate(url, command.downgrade, "0001")
    tables = {name for (name,) in _query(path, "SELECT name FROM sqlite_master WHERE type='table'")}
    assert tables == {*TABLES_OF_0001, "alembic_version"}
    after = _rows_of_0001(path)
    asked = after["messages"].pop()
    assert after == before
    assert "And here?" in asked
    upgrade(url)
    assert _query(path, "SELECT * FROM regions") == []


def _answer_in_parts(url: str) -> None:
    """Answer the question of the oldest database once more, as the program does now."""
    engine = connect(url)
    with sessions_on(engine).begin() as session:
        conversation = get_conversation(session, owner="ada", conversation_id="old")
        answer = add_answer(
            session,
            conversation=conversation,
            question_id=1,
            sampling=Sampling(),
            kind=Kind.GENERAL,
            kind_confidence=0.9,
        )
        save_answer(
            session,
            conversation_id="old",
            answer_id=answer.id,
            content="Eosin is a dye.",
            status=Ending.COMPLETE,
            figures=Figures(),
            identity=None,
            parts=[AnswerPart(author=Author.SHELF, content="Eosin is a dye.", entry_id="eosin")],
        )
        judgments.add_judgment(
            session, owner="ada", entry_id="eosin", is_good=False, correction="Pink."
        )
    engine.dispose()


def test_answers_from_before_parts_keep_their_rows_beside_answers_in_parts(
    path: Path, url: str
) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    _migrate(url, command.upgrade, "0002")
    _fill_0002(path)
    before = _rows_of_0001(path)
    copy = upgrade(url)
    assert copy is not None
    assert _rows_of_0001(path) == before
    _answer_in_parts(url)
    engine = connect(url)
    with sessions_on(engine)() as session:
        old, new = list_messages(session, conversation_id="old")[1::2]
        assert (old.content, old.parts) == ("Colon.", [])
        assert old.generation is not None
        assert old.generation.kind is None
        assert [(part.author, part.entry_id) for part in new.parts] == [(Author.SHELF, "eosin")]
        assert new.generation is not None
        assert new.generation.kind is Kind.GENERAL
    engine.dispose()


def test_parts_and_judgments_can_be_taken_back_without_harm_to_the_answers(
    path: Path, url: str
) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    upgrade(url)
    _answer_in_parts(url)
    whole = _query(path, "SELECT content FROM messages ORDER BY id")
    _migrate(url, command.downgrade, "0002")
    assert _query(path, "SELECT content FROM messages ORDER BY id") == whole
    tables = {name for (name,) in _query(path, "SELECT name FROM sqlite_master WHERE type='table'")}
    assert not tables & {"answer_parts", "entry_judgments"}
    upgrade(url)
    assert _query(path, "SELECT * FROM answer_parts") == []


def _judge_as_0004(path: Path) -> None:
    """Judge the oldest answer in the tables of that revision, which today's do not fit any more."""
    at = "2026-01-02 10:00:00.000000"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO consents (owner, is_given, created_at) VALUES ('ada', 1, ?)", (at,)
        )
        database.execute(
            "INSERT INTO judgments (message_id, owner, verdict, reasons, comment, correction, "
            "is_reviewed, is_withdrawn, created_at) "
            "VALUES (2, 'ada', 'down', '[\"wrong organ\"]', '', 'Stomach.', 0, 0, ?)",
            (at,),
        )


def _judge_the_oldest_answer(url: str) -> None:
    engine = connect(url)
    with sessions_on(engine).begin() as session:
        feedback.add_consent(session, owner="ada", is_given=True)
        feedback.add_judgment(
            session,
            owner="ada",
            message_id=2,
            verdict=Thumb.DOWN,
            reasons=[Reason.WRONG_ORGAN],
            correction="Stomach.",
        )
    engine.dispose()


def test_answers_of_the_oldest_database_can_be_judged(path: Path, url: str) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    before = _rows_of_0001(path)
    copy = upgrade(url)
    assert copy is not None
    _judge_the_oldest_answer(url)
    assert _rows_of_0001(copy) == _rows_of_0001(path) == before
    engine = connect(url)
    with sessions_on(engine)() as session:
        ((judgment, conversation_id),) = feedback.consented(session)
        assert (conversation_id, judgment.correction) == ("old", "Stomach.")
    engine.dispose()


def test_judgments_of_answers_can_be_taken_back_without_harm_to_what_was_there_before(
    path: Path, url: str
) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    before = _rows_of_0001(path)
    upgrade(url)
    _answer_in_parts(url)
    parts = _query(path, "SELECT * FROM answer_parts")
    _judge_the_oldest_answer(url)
    _migrate(url, command.downgrade, "0003")
    assert _query(path, "SELECT * FROM answer_parts") == parts
    _migrate(url, command.downgrade, "0001")
    after = _rows_of_0001(path)
    assert [row for row in after["messages"] if row in before["messages"]] == before["messages"]
    tables = {name for (name,) in _query(path, "SELECT name FROM sqlite_master WHERE type='table'")}
    assert tables == {*TABLES_OF_0001, "alembic_version"}
    upgrade(url)
    assert _query(path, "SELECT * FROM judgments") == _query(path, "SELECT * FROM consents") == []


def test_answers_from_before_comparisons_can_be_put_side_by_side_and_keep_their_judgments(
    path: Path, url: str
) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    _migrate(url, command.upgrade, "0004")
    _judge_as_0004(path)
    before = _rows_of_0001(path), _query(path, "SELECT * FROM judgments")
    assert upgrade(url) is not None
    engine = connect(url)
    with sessions_on(engine).begin() as session:
        comparisons.add_comparison(
            session, owner="ada", left_id=2, right_id=2, is_blind=True, choice=Choice.LEFT
        )
        ((kept, conversation_id),) = comparisons.consented(session)
        assert (kept.choice, conversation_id) == (Choice.LEFT, "old")
    engine.dispose()
    _migrate(url, command.downgrade, "0004")
    assert (_rows_of_0001(path), _query(path, "SELECT * FROM judgments")) == before


def _found(url: str, word: str) -> int:
    """Count the messages of ada that a search for a word finds."""
    engine = connect(url)
    with sessions_on(engine)() as session:
        count = len(find_words(session, owner="ada", words=[word], limit=10))
    engine.dispose()
    return count


def test_what_was_asked_before_there_was_a_search_is_found_and_so_is_what_follows(
    path: Path, url: str
) -> None:
    """Fails too where a later revision makes the messages anew and forgets the triggers."""
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    upgrade(url)
    assert (_found(url, "organ"), _found(url, "here")) == (1, 0)
    _ask_about_a_region(url, "old")
    assert _found(url, "here") == 1


def test_the_list_and_the_search_can_be_taken_back_without_harm(path: Path, url: str) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    before = _rows_of_0001(path)
    upgrade(url)
    _migrate(url, command.downgrade, "0004")
    assert _rows_of_0001(path) == before
    names = {str(name) for (name,) in _query(path, "SELECT name FROM sqlite_master")}
    assert not any(map(is_index, names))
    upgrade(url)
    assert _found(url, "organ") == 1


def test_the_first_revision_can_be_taken_back(path: Path, url: str) -> None:
    upgrade(url)
    _migrate(url, command.downgrade, "base")
    assert _query(path, "SELECT name FROM sqlite_master WHERE type='table'") == [
        ("alembic_version",)
    ]


def test_postgresql_gets_the_circular_reference_after_both_tables() -> None:
    config = alembic_config()
    config.set_main_option("sqlalchemy.url", "postgresql://lab/clover")
    config.output_buffer = io.StringIO()
    command.upgrade(config, "head", sql=True)
    sql = config.output_buffer.getvalue()
    added = "ALTER TABLE conversations ADD CONSTRAINT fk_conversations_active_leaf_id_messages"
    assert sql.index("CREATE TABLE messages") < sql.index(added)


JUDGMENT_OF_0004 = """
    INSERT INTO judgments VALUES
        (1, 2, 'ada', 'up', '[]', 'Fine.', '', 1, 0, '2026-03-01 12:30:00.0');
"""


def test_judgments_from_before_pins_are_kept_and_pin_nothing(path: Path, url: str) -> None:
    _migrate(url, command.upgrade, "0001")
    _fill_0001(path)
    _migrate(url, command.upgrade, "0004")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(JUDGMENT_OF_0004)
    before = _query(path, "SELECT * FROM judgments")
    upgrade(url)
    kept = "id, message_id, owner, verdict, reasons, comment, correction, is_reviewed, is_withdrawn"
    assert _query(path, f"SELECT {kept}, created_at FROM judgments") == before  # noqa: S608 - our own names
    assert _query(path, "SELECT is_pinned FROM judgments") == [(0,)]
    _migrate(url, command.downgrade, "0004")
    assert _query(path, "SELECT * FROM judgments") == before
