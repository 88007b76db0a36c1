"""Passwords as argon2id keeps them. Rule PE-3.

A hash costs what the settings say, in a thread, and few are made at a time. Where there is no user there is a hash all
the same, made of nothing: whoever asks waits as long.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from commonbook.errors import BadInput, Declined
from commonbook.people.rules import password_fault
from commonbook.settings import PeopleSettings

WAITING_MOST = 256  # for their turn at one gateway


class Passwords:
    """Makes and compares hashes."""

    def __init__(self, settings: PeopleSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.password_passes,
            memory_cost=settings.password_memory_kib,
            parallelism=settings.password_lanes,
        )
        self._nobodys = self._hasher.hash(secrets.token_hex(16))
        self._room = asyncio.Semaphore(settings.hashing_at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """
        Raises:
            Declined: `unavailable`: too many wait already.
        """
        async with self._turn():
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, stored: str, password: str) -> bool:
        """Whether it is the password of a stored hash; never of "", which takes as long.

        Raises:
            Declined: `unavailable`: too many wait already.
        """
        async with self._turn():
            return await asyncio.to_thread(self._verify, stored or self._nobodys, password) and bool(stored)

    def is_old(self, stored: str) -> bool:
        """Made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING_MOST:
            raise Declined("unavailable", "too many passwords are looked at just now: try again")
        self._waiting += 1
        try:
            async with self._room:
                yield
        finally:
            self._waiting -= 1

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def must_be_good(password: str, address: str) -> None:
    """
    Raises:
        BadInput: it is no password that we take.
    """
    fault = password_fault(password, address)
    if fault:
        raise BadInput(f"password: {fault}")
