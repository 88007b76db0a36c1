"""Bringing a schema to the newest migration. Loaded by `database` once there is something to do."""

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = Lock()  # Alembic keeps what it is at in its modules: two threads take it from each other


def newest() -> str | None:
    """The revision of the newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(engine: Engine) -> None:
    config = _config()
    with _ONE_AT_A_TIME, engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver begins a transaction with the first row that is written: tables changed before it would
            # stay changed when the rest is undone.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config
