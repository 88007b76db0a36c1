"""When keys and sessions were last used, written down beside the requests. I-14 and I-15."""

import asyncio

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from commonbook.identity.service import Authenticator
from commonbook.identity.uses import Used

NOTE_EVERY_S = 20.0
TRIES = 5

log = structlog.get_logger()


async def note_uses(authenticator: Authenticator, database: Engine, every_s: float = NOTE_EVERY_S) -> None:
    """Runs until it is cancelled. A database that refuses is told, and the next round writes what is newer."""
    while True:
        await asyncio.sleep(every_s)
        used = authenticator.take_used()
        if used.keys or used.sessions:
            await asyncio.to_thread(write_uses, database, used)


def write_uses(database: Engine, used: Used) -> None:
    """Keep them. A key that another gateway notes for the first time at this moment is noted at the second try."""
    for _ in range(TRIES):
        try:
            with database.begin() as connection:
                used.write(connection)
        except IntegrityError:
            continue
        except SQLAlchemyError as failure:
            log.warning("gateway.uses_not_noted", why=type(failure).__name__)
        return
