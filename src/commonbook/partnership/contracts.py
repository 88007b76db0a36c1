"""The contract: a versioned text, accepted by both sides by its hash, for a term. Rules PA-18 to PA-20."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.storage.tables.partnership import contract_texts, contracts

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
    """One term of one partner."""

    number: int
    version: int
    hash: str
    partner_user: int
    partner_ns: int  # 0: not accepted yet
    host_ns: int  # 0: not accepted yet
    starts_ns: int  # 0: until both have accepted
    ends_ns: int
    noticed_ns: int

    @property
    def is_accepted(self) -> bool:
        return self.partner_ns > 0 and self.host_ns > 0

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


def publish(
    connection: Connection, text: str, term_days: int, renewal_days: int, notice_days: int, approval: int
) -> Text:
    """The next version; once for each approval. Contracts that are accepted stay under the version they name."""
    checked(text, term_days, renewal_days, notice_days)
    done = connection.execute(select(contract_texts).where(contract_texts.c.approval == approval)).first()
    if done is not None:
        return _text(done)
    highest = connection.execute(select(func.max(contract_texts.c.version))).scalar()
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
    connection.execute(insert(contract_texts).values(**row))
    return of_version(connection, row["version"])


def newest(connection: Connection) -> Text:
    """
    Raises:
        Declined: `no_such_contract`: the host has not published one.
    """
    row = connection.execute(select(contract_texts).order_by(contract_texts.c.version.desc()).limit(1)).first()
    if row is None:
        raise Declined("no_such_contract", "the host has not published a contract yet")
    return _text(row)


def of_version(connection: Connection, version: int) -> Text:
    row = connection.execute(select(contract_texts).where(contract_texts.c.version == version)).first()
    if row is None:
        raise Declined("no_such_contract", f"there is no version {version} of the contract")
    return _text(row)


def all_texts(connection: Connection) -> list[Text]:
    return [_text(row) for row in connection.execute(select(contract_texts).order_by(contract_texts.c.version))]


def accept(
    connection: Connection,
    application: int,
    version: int,
    text_hash: str,
    now_ns: int | None = None,
    partner: int = 0,
    approval: int = 0,
) -> Contract:
    """One side accepts the newest version; it is in force once both have. Accepting again what is accepted changes
    nothing, until it may be renewed.

    Args:
        text_hash: of what was read: nobody accepts what was changed behind their back.
        partner: the user who accepts; else `approval` is the host's four eyes.

    Raises:
        Declined: `other_contract`: not the newest version, or not its hash; `too_early` to renew.
    """
    moment = time.time_ns() if now_ns is None else now_ns
    done = select(contracts).where(contracts.c.application == application, contracts.c.host_approval == approval)
    known = connection.execute(done).first() if approval else None
    if known is not None:  # carried out before, by who died then
        return _contract(known)
    current = newest(connection)
    if (version, text_hash) != (current.version, current.hash):
        raise Declined(
            "other_contract",
            f"the contract is version {current.version} with the hash {current.hash}: read it again",
            version=current.version,
        )
    last = latest(connection, application)
    if last is not None and last.is_accepted and not _may_be_renewed(last, current, moment):
        if (last.version, last.hash) == (current.version, current.hash):
            return last
        raise Declined("too_early", f"the contract may be renewed in its last {current.renewal_days} days")
    if last is None or last.is_accepted:
        last = _begin(connection, application, last, current)
    where = (contracts.c.application == application) & (contracts.c.number == last.number)
    if last.version != current.version:  # a newer text while one side had not accepted yet: both read it again
        nobody = {"partner_user": 0, "partner_ns": 0, "host_approval": 0, "host_ns": 0}
        newer = {"version": current.version, "hash": current.hash}
        connection.execute(update(contracts).where(where).values(**nobody, **newer))
    column = contracts.c.partner_ns if partner else contracts.c.host_ns
    side = (
        {"partner_user": partner, "partner_ns": moment} if partner else {"host_approval": approval, "host_ns": moment}
    )
    connection.execute(update(contracts).where(where, column == 0).values(**side))
    _start(connection, application, last.number, current, moment)
    return _contract(connection.execute(select(contracts).where(where)).one())


def _may_be_renewed(last: Contract, text: Text, now_ns: int) -> bool:
    return now_ns >= last.ends_ns - text.renewal_days * DAY_NS


def _begin(connection: Connection, application: int, last: Contract | None, text: Text) -> Contract:
    """The next term, which nobody has accepted yet."""
    row: dict[str, Any] = {
        "application": application,
        "number": 1 if last is None else last.number + 1,
        "version": text.version,
        "hash": text.hash,
        "partner_user": 0,
        "partner_ns": 0,
        "host_approval": 0,
        "host_ns": 0,
        "starts_ns": 0,
        "ends_ns": 0,
        "noticed_ns": 0,
    }
    connection.execute(insert(contracts).values(**row))
    return of_number(connection, application, row["number"])


def _start(connection: Connection, application: int, number: int, text: Text, now_ns: int) -> None:
    """Once both have accepted: from now, or from the end of the term before."""
    found = of_number(connection, application, number)
    if not found.is_accepted or found.starts_ns:
        return
    before = of_number(connection, application, number - 1) if number > 1 else None
    starts = now_ns if before is None else max(now_ns, before.ends_ns)
    where = (contracts.c.application == application) & (contracts.c.number == number)
    ends = starts + text.term_days * DAY_NS
    connection.execute(update(contracts).where(where).values(starts_ns=starts, ends_ns=ends))


def contracts_of(connection: Connection, application: int) -> list[Contract]:
    chosen = select(contracts).where(contracts.c.application == application).order_by(contracts.c.number)
    return [_contract(row) for row in connection.execute(chosen)]


def of_number(connection: Connection, application: int, number: int) -> Contract:
    where = (contracts.c.application == application) & (contracts.c.number == number)
    return _contract(connection.execute(select(contracts).where(where)).one())


def latest(connection: Connection, application: int) -> Contract | None:
    found = contracts_of(connection, application)
    return found[-1] if found else None


def latest_accepted(connection: Connection, application: int) -> Contract | None:
    found = [one for one in contracts_of(connection, application) if one.is_accepted]
    return found[-1] if found else None


def is_in_force(connection: Connection, application: int, now_ns: int) -> bool:
    return any(one.is_in_force(now_ns) for one in contracts_of(connection, application))


def notice_ns(connection: Connection, application: int) -> int:
    """How long the notice of who leaves is, by the contract that was accepted last."""
    found = latest_accepted(connection, application)
    return 0 if found is None else of_version(connection, found.version).notice_days * DAY_NS


def note_notice(connection: Connection, application: int, number: int, now_ns: int) -> None:
    where = (contracts.c.application == application) & (contracts.c.number == number)
    connection.execute(update(contracts).where(where).values(noticed_ns=now_ns))


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


def _contract(row: Row[Any]) -> Contract:
    return Contract(
        number=row.number,
        version=row.version,
        hash=row.hash,
        partner_user=row.partner_user,
        partner_ns=row.partner_ns,
        host_ns=row.host_ns,
        starts_ns=row.starts_ns,
        ends_ns=row.ends_ns,
        noticed_ns=row.noticed_ns,
    )
