"""The contract: a versioned text, accepted by both sides by its hash, for a term. Rules PA-18 to PA-20, BE-9 and BE-10.

A program has a table of texts and one of contracts. The host is one side of each contract; the other one is called
the party here, and by the program's own word in its table: `partner_user`, `broker_user`.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from commonbook.errors import BadInput, Declined

DAY_NS = 86_400_000_000_000
TEXT_CHARACTERS = 200_000
DAYS_MOST = 36_500


@dataclass(frozen=True, slots=True)
class Text:
    """One version of the contract."""

    version: int
    text: str
    hash: str
    term_days: int
    renewal_days: int  # so long before its end it may be renewed
    notice_days: int  # of who leaves
    published_ns: int


@dataclass(frozen=True, slots=True)
class Contract:
    """One term."""

    number: int
    version: int
    hash: str
    party_user: int
    party_ns: int  # 0: not accepted yet
    host_ns: int  # 0: not accepted yet
    starts_ns: int  # 0: until both have accepted
    ends_ns: int
    noticed_ns: int

    @property
    def is_accepted(self) -> bool:
        return self.party_ns > 0 and self.host_ns > 0

    def is_in_force(self, now_ns: int) -> bool:
        return self.is_accepted and self.starts_ns <= now_ns < self.ends_ns


def hash_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def checked(text: str, term_days: int, renewal_days: int, notice_days: int) -> None:
    """
    Raises:
        BadInput: names the value.
    """
    if not text.strip() or len(text) > TEXT_CHARACTERS:
        raise BadInput(f"the contract has {len(text):,} characters; 1 to {TEXT_CHARACTERS:,}")
    if not 0 < term_days <= DAYS_MOST:
        raise BadInput(f"a term of {term_days} days; 1 to {DAYS_MOST:,}")
    if not 0 < renewal_days <= term_days:
        raise BadInput(f"renewal from {renewal_days} days before the end; 1 to the term, {term_days}")
    if not 0 <= notice_days <= DAYS_MOST:
        raise BadInput(f"a notice of {notice_days} days; 0 to {DAYS_MOST:,}")


@dataclass(frozen=True, slots=True)
class Contracts:
    """The contracts of one program."""

    texts: Table
    terms: Table
    party: str  # how the table calls the side that is not the host

    # -- the text -----------------------------------------------------------------------------------------------------

    def publish(
        self, connection: Connection, text: str, term_days: int, renewal_days: int, notice_days: int, approval: int
    ) -> Text:
        """The next version; once for each approval. Contracts that are accepted stay under the version they name."""
        checked(text, term_days, renewal_days, notice_days)
        texts = self.texts
        done = connection.execute(select(texts).where(texts.c.approval == approval)).first()
        if done is not None:
            return _text(done)
        highest = connection.execute(select(func.max(texts.c.version))).scalar()
        row: dict[str, Any] = {
            "version": int(highest or 0) + 1,
            "text": text,
            "hash": hash_of_text(text),
            "term_days": term_days,
            "renewal_days": renewal_days,
            "notice_days": notice_days,
            "published_ns": time.time_ns(),
            "approval": approval,
        }
        connection.execute(insert(texts).values(**row))
        return self.of_version(connection, row["version"])

    def newest(self, connection: Connection) -> Text:
        """
        Raises:
            Declined: `no_such_contract`: the host has not published one.
        """
        texts = self.texts
        row = connection.execute(select(texts).order_by(texts.c.version.desc()).limit(1)).first()
        if row is None:
            raise Declined("no_such_contract", "the host has not published a contract yet")
        return _text(row)

    def of_version(self, connection: Connection, version: int) -> Text:
        row = connection.execute(select(self.texts).where(self.texts.c.version == version)).first()
        if row is None:
            raise Declined("no_such_contract", f"there is no version {version} of the contract")
        return _text(row)

    def all_texts(self, connection: Connection) -> list[Text]:
        return [_text(row) for row in connection.execute(select(self.texts).order_by(self.texts.c.version))]

    # -- accepting ----------------------------------------------------------------------------------------------------

    def accept(
        self,
        connection: Connection,
        application: int,
        version: int,
        text_hash: str,
        now_ns: int | None = None,
        party: int = 0,
        approval: int = 0,
    ) -> Contract:
        """One side accepts the newest version; it is in force once both have. Accepting again what is accepted changes
        nothing, until it may be renewed.

        Args:
            text_hash: of what was read: nobody accepts what was changed behind their back.
            party: the user who accepts; else `approval` is the host's four eyes.

        Raises:
            Declined: `other_contract`: not the newest version, or not its hash; `too_early` to renew.
        """
        moment = time.time_ns() if now_ns is None else now_ns
        terms = self.terms
        done = select(terms).where(terms.c.application == application, terms.c.host_approval == approval)
        known = connection.execute(done).first() if approval else None
        if known is not None:  # carried out before, by who died then
            return self._contract(known)
        current = self.newest(connection)
        if (version, text_hash) != (current.version, current.hash):
            raise Declined(
                "other_contract",
                f"the contract is version {current.version} with the hash {current.hash}: read it again",
                version=current.version,
            )
        last = self.latest(connection, application)
        if last is not None and last.is_accepted and not _may_be_renewed(last, current, moment):
            if (last.version, last.hash) == (current.version, current.hash):
                return last
            raise Declined("too_early", f"the contract may be renewed in its last {current.renewal_days} days")
        if last is None or last.is_accepted:
            last = self._begin(connection, application, last, current)
        where = (terms.c.application == application) & (terms.c.number == last.number)
        if last.version != current.version:  # newer while one side had not accepted yet: both read it again
            nobody = {self._user: 0, self._ns: 0, "host_approval": 0, "host_ns": 0}
            newer = {"version": current.version, "hash": current.hash}
            connection.execute(update(terms).where(where).values(**nobody, **newer))
        column = terms.c[self._ns] if party else terms.c.host_ns
        side = {self._user: party, self._ns: moment} if party else {"host_approval": approval, "host_ns": moment}
        connection.execute(update(terms).where(where, column == 0).values(**side))
        self._start(connection, application, last.number, current, moment)
        return self._contract(connection.execute(select(terms).where(where)).one())

    def _begin(self, connection: Connection, application: int, last: Contract | None, text: Text) -> Contract:
        """The next term, which nobody has accepted yet."""
        row: dict[str, Any] = {
            "application": application,
            "number": 1 if last is None else last.number + 1,
            "version": text.version,
            "hash": text.hash,
            self._user: 0,
            self._ns: 0,
            "host_approval": 0,
            "host_ns": 0,
            "starts_ns": 0,
            "ends_ns": 0,
            "noticed_ns": 0,
        }
        connection.execute(insert(self.terms).values(**row))
        return self.of_number(connection, application, row["number"])

    def _start(self, connection: Connection, application: int, number: int, text: Text, now_ns: int) -> None:
        """Once both have accepted: from now, or from the end of the term before."""
        found = self.of_number(connection, application, number)
        if not found.is_accepted or found.starts_ns:
            return
        before = self.of_number(connection, application, number - 1) if number > 1 else None
        starts = now_ns if before is None else max(now_ns, before.ends_ns)
        where = (self.terms.c.application == application) & (self.terms.c.number == number)
        ends = starts + text.term_days * DAY_NS
        connection.execute(update(self.terms).where(where).values(starts_ns=starts, ends_ns=ends))

    # -- looking ------------------------------------------------------------------------------------------------------

    def contracts_of(self, connection: Connection, application: int) -> list[Contract]:
        terms = self.terms
        chosen = select(terms).where(terms.c.application == application).order_by(terms.c.number)
        return [self._contract(row) for row in connection.execute(chosen)]

    def of_number(self, connection: Connection, application: int, number: int) -> Contract:
        where = (self.terms.c.application == application) & (self.terms.c.number == number)
        return self._contract(connection.execute(select(self.terms).where(where)).one())

    def latest(self, connection: Connection, application: int) -> Contract | None:
        found = self.contracts_of(connection, application)
        return found[-1] if found else None

    def latest_accepted(self, connection: Connection, application: int) -> Contract | None:
        found = [one for one in self.contracts_of(connection, application) if one.is_accepted]
        return found[-1] if found else None

    def is_in_force(self, connection: Connection, application: int, now_ns: int) -> bool:
        return any(one.is_in_force(now_ns) for one in self.contracts_of(connection, application))

    def notice_ns(self, connection: Connection, application: int) -> int:
        """How long the notice of who leaves is, by the contract that was accepted last."""
        found = self.latest_accepted(connection, application)
        return 0 if found is None else self.of_version(connection, found.version).notice_days * DAY_NS

    def note_notice(self, connection: Connection, application: int, number: int, now_ns: int) -> None:
        where = (self.terms.c.application == application) & (self.terms.c.number == number)
        connection.execute(update(self.terms).where(where).values(noticed_ns=now_ns))

    # -- its columns --------------------------------------------------------------------------------------------------

    @property
    def _user(self) -> str:
        return f"{self.party}_user"

    @property
    def _ns(self) -> str:
        return f"{self.party}_ns"

    def _contract(self, row: Row[Any]) -> Contract:
        return Contract(
            number=row.number,
            version=row.version,
            hash=row.hash,
            party_user=row._mapping[self._user],
            party_ns=row._mapping[self._ns],
            host_ns=row.host_ns,
            starts_ns=row.starts_ns,
            ends_ns=row.ends_ns,
            noticed_ns=row.noticed_ns,
        )


def _may_be_renewed(last: Contract, text: Text, now_ns: int) -> bool:
    return now_ns >= last.ends_ns - text.renewal_days * DAY_NS


def _text(row: Row[Any]) -> Text:
    return Text(
        version=row.version,
        text=row.text,
        hash=row.hash,
        term_days=row.term_days,
        renewal_days=row.renewal_days,
        notice_days=row.notice_days,
        published_ns=row.published_ns,
    )
