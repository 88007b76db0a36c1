"""What a gateway answers to a certificate authority that asks whether a domain leads to us. Rule BR-13."""

import time
from collections.abc import Iterable

from sqlalchemy import Engine, delete, insert, select

from commonbook.storage.tables.brand import acme_challenges

PATH = "/.well-known/acme-challenge/"
FORGOTTEN_NS = 3_600 * 1_000_000_000  # one that nobody has taken back


def keep(database: Engine, domain: str, token: str, answer: str) -> None:
    """From now on every gateway answers it."""
    now_ns = time.time_ns()
    with database.begin() as connection:
        old = (acme_challenges.c.token == token) | (acme_challenges.c.made_ns < now_ns - FORGOTTEN_NS)
        connection.execute(delete(acme_challenges).where(old))
        row = {"token": token, "domain": domain, "answer": answer, "made_ns": now_ns}
        connection.execute(insert(acme_challenges).values(**row))


def drop(database: Engine, tokens: Iterable[str]) -> None:
    with database.begin() as connection:
        connection.execute(delete(acme_challenges).where(acme_challenges.c.token.in_(list(tokens))))


def answer_of(database: Engine, domain: str, token: str) -> str | None:
    """The answer of a token at its own domain; None for any other."""
    mine = (acme_challenges.c.token == token) & (acme_challenges.c.domain == domain)
    with database.connect() as connection:
        found: str | None = connection.execute(select(acme_challenges.c.answer).where(mine)).scalar()
    return found
