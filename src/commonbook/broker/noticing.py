"""Notices are written one behind the other, so that who looks behind a number misses none (BL-8, BL-14)."""

from sqlalchemy import Connection, update

from commonbook.storage.tables.program import program_clocks


def in_turn(connection: Connection, program: str) -> None:
    """Hold the program's clock until the caller's transaction ends; first of all in it.

    Numbers are given before a transaction ends: of two at once the higher might be seen first.
    """
    mine = program_clocks.c.program == program
    connection.execute(update(program_clocks).where(mine).values(changes=program_clocks.c.changes))
