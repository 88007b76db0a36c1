"""Making, finding and proving API keys."""

import base64
import hmac
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, desc, func, insert, select, update

from commonbook.errors import BadInput
from commonbook.identity.associations import Association, Associations, addresses_for, permissions_for
from commonbook.identity.horizon import Horizons
from commonbook.identity.model import Credential, CredentialKind, Denial, NewKey, Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import Session, admit, hash_of, load_session, redeem_ticket
from commonbook.identity.standing import Standing, Standings
from commonbook.identity.tokens import KnownTokens, admit_token
from commonbook.identity.uses import IDLE_NS, KEY_STEP_NS, Used, UsedOnce, Uses
from commonbook.instrument.accounts import is_brands_own
from commonbook.storage.schema import api_keys, key_brokers, key_changes
from commonbook.storage.tables.people import key_uses
from commonbook.terms.service import who_may_order

KNOWN_FOR_S = 1.0  # a revoked key is refused within this time
KNOWN_MOST = 100_000  # keys and sessions that are remembered
TOGETHER = 500  # keys in one query
NEVER_NS = 2**63 - 1
_CHANGES = select(key_changes.c.count)


def create_key(
    connection: Connection,
    seal: Seal,
    account: int,
    brand: int,
    permissions: frozenset[Permission],
    label: str,
    ip_list: tuple[str, ...] = (),
    brokers: frozenset[int] = frozenset(),
    passphrase: str = "",
    user: int = 0,
    held: bool = False,
) -> NewKey:
    """A new key of an account, with a passphrase of its own when none is given. Its secrets are not to be had again.

    Args:
        brokers: whose codes earn on its orders.
        held: it is for the one broker alone, which has it (BK-1).

    Raises:
        BadInput: the account is a brand's own, which moves by approved acts alone (Q-16).
    """
    if is_brands_own(account):
        raise BadInput(f"account {account} is a brand's own: no key acts on it; ask for a treasury transfer")
    chosen = passphrase or f"Cb-{secrets.token_hex(6)}-1X"
    new = NewKey(str(uuid.uuid4()), secrets.token_hex(16).upper(), chosen)
    number = int(connection.execute(select(func.max(api_keys.c.credential))).scalar() or 0) + 1
    row = {
        "api_key": new.api_key,
        "credential": number,
        "account": account,
        "brand": brand,
        "label": label,
        "permissions": ",".join(sorted(permissions)),
        "ip_list": ",".join(ip_list),
        "sealed_secret": seal.seal(new.api_secret.encode(), new.api_key),
        "passphrase_hash": seal.passphrase_hash(new.api_passphrase),
        "created_ns": time.time_ns(),
        "revoked": False,
        "user_id": user,
    }
    connection.execute(insert(api_keys).values(**row))
    for broker in sorted(brokers):
        connection.execute(insert(key_brokers).values(api_key=new.api_key, broker=broker, held=held))
    return new


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What an owner may be told of a key."""

    api_key: str
    label: str
    permissions: frozenset[Permission]
    ip_list: tuple[str, ...]
    created_ns: int


def keys_of(connection: Connection, account: int) -> list[KeyFacts]:
    """An account's keys that are not revoked, newest first."""
    chosen = select(api_keys).where(api_keys.c.account == account, api_keys.c.revoked.is_(False))
    return [
        KeyFacts(row.api_key, row.label, _permissions(row.permissions), _addresses(row.ip_list), row.created_ns)
        for row in connection.execute(chosen.order_by(desc(api_keys.c.credential)))
    ]


def change_key(
    connection: Connection,
    account: int,
    api_key: str,
    label: str | None = None,
    permissions: frozenset[Permission] | None = None,
    ip_list: tuple[str, ...] | None = None,
    revoked: bool = False,
) -> bool:
    """Change what is given of an account's live key, or revoke it; False when the account has no such key.

    Of one that has lapsed nothing is changed (I-14).
    """
    mine = (api_keys.c.api_key == api_key) & (api_keys.c.account == account) & api_keys.c.revoked.is_(False)
    return change_where(connection, mine, label, permissions, ip_list, revoked)


def change_where(
    connection: Connection,
    which: ColumnElement[bool],
    label: str | None,
    permissions: frozenset[Permission] | None,
    ip_list: tuple[str, ...] | None,
    revoked: bool,
) -> bool:
    """Change what is given, or revoke it; False when there is not just one such key, or it is to change and has lapsed:
    with addresses or fewer permissions it would work again (I-14)."""
    if not revoked and has_lapsed(connection, which, time.time_ns()):
        return False
    values: dict[str, object] = {"revoked": revoked}
    if label is not None:
        values["label"] = label
    if permissions is not None:
        values["permissions"] = ",".join(sorted(permissions))
    if ip_list is not None:
        values["ip_list"] = ",".join(ip_list)
    return connection.execute(update(api_keys).where(which).values(**values)).rowcount == 1


def has_lapsed(connection: Connection, which: ColumnElement[bool], now_ns: int) -> bool:
    """Whether one of some keys has been idle for too long (I-14)."""
    chosen = select(api_keys, func.coalesce(key_uses.c.used_ns, 0).label("used_ns"))
    chosen = chosen.outerjoin(key_uses, key_uses.c.api_key == api_keys.c.api_key).where(which)
    held = select(key_brokers.c.api_key).where(key_brokers.c.held, key_brokers.c.api_key == api_keys.c.api_key).exists()
    chosen = chosen.add_columns(held.label("is_held"))
    return any(lapses_ns(row, row.used_ns, row.is_held) <= now_ns for row in connection.execute(chosen))


def _uses_of(keys: list[str]) -> Select[Any]:
    return select(key_uses).where(key_uses.c.api_key.in_(keys))


def lapses_ns(row: Any, used_ns: int, is_held: bool = False) -> int:
    """When a key lapses that trades or withdraws from any address, unless it is used before.

    Args:
        is_held: a broker has it, from whose addresses alone it works.
    """
    risky = _permissions(row.permissions) & {Permission.TRADE, Permission.WITHDRAW}
    return max(row.created_ns, used_ns) + IDLE_NS if risky and not row.ip_list and not is_held else NEVER_NS


def is_good_passphrase(value: str) -> bool:
    """A-7: 8 to 32 printable characters, among them a digit, either case and another one."""
    kinds = (str.isdigit, str.isupper, str.islower, lambda one: not one.isalnum())
    printed = value.isascii() and value.isprintable()
    return 8 <= len(value) <= 32 and printed and all(any(kind(one) for one in value) for kind in kinds)


def _permissions(text: str) -> frozenset[Permission]:
    return frozenset(Permission(one) for one in text.split(",") if one)


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split(",") if one)


def is_good(connection: Connection, people: Connection, credential: Credential) -> bool:
    """Whether a key or a session has neither been revoked nor ended at this moment, nor its user been locked.

    Args:
        people: to where the users are.
    """
    if Standings(people, [(credential.user, credential.account)]).of(credential.user, credential.account).is_barred:
        return False
    if credential.kind is CredentialKind.SESSION:
        session = load_session(connection, credential.api_key)
        return session is not None and session.expires_ns > time.time_ns()
    live = (api_keys.c.api_key == credential.api_key) & api_keys.c.revoked.is_(False)
    return connection.execute(select(api_keys.c.api_key).where(live)).first() is not None


def credential_of(connection: Connection, api_key: str) -> int | None:
    """The number of an API key, revoked ones included; None when there is no such key."""
    number: int | None = connection.execute(select(api_keys.c.credential).where(api_keys.c.api_key == api_key)).scalar()
    return number


@dataclass(slots=True)
class Request:
    """What is proved: the raw target with its query and the raw body, as they came over the wire."""

    key: str
    signature: str
    timestamp: str
    passphrase: str
    method: str
    target: bytes
    body: bytes
    client_ip: str
    read_time: Callable[[str], int | None]  # of the timestamp: milliseconds since 1970


@dataclass
class _Known:
    """A key as it was found, and the turn in which it was last asked for."""

    credential: Credential | None = None
    facts: tuple[Any, ...] = ()
    used_in: int = -1
    used_ns: int = 0  # about when it was last used, as far as it is written down or known here
    lapses_ns: int = NEVER_NS  # once it has been idle for too long (I-14)


class Authenticator:
    """Lets requests in or says why not. Remembers signatures of state-changing requests, each good once."""

    def __init__(
        self,
        database: Engine,
        seal: Seal,
        horizons: Horizons,
        window_ms: int,
        started_ms: int,
        uses: UsedOnce | None = None,
        idle_s: int = 0,
        people: Engine | None = None,
    ) -> None:
        """
        Args:
            people: where the users are whose keys these are, when that is another database: their locks count here.
            idle_s: a web session that is not used for so long is over; 0: none ever is for that.
        """
        self._database = database
        self._people = people or database
        self._seal = seal
        self._horizons = horizons
        self._window_ms = window_ms
        self._started_ms = started_ms
        self._known: dict[str, _Known] = {}
        self._changes = (-1, -1)
        self._looked = 0.0
        self._turn = 0  # counts the looks
        self._used_keys: list[str] = []  # in this turn
        self._used_before: list[str] = []  # in the turn before it
        self._token_errors: Counter[tuple[int, str]] = Counter()  # by broker and what was wrong
        self._sessions: dict[str, tuple[float, Session | None]] = {}
        self._may_order: dict[int, bool] = {}  # by account, since the newest change
        self._until_ns: int | None = None  # when a text comes into force, which changes it without a change
        self._uses = uses or Uses()
        self._used = Used()
        self._idle_ns = idle_s * 1_000_000_000
        is_simulated = people is not None
        self.tokens = KnownTokens(self._people, KNOWN_FOR_S, lambda: self._count(self._people), is_simulated)

    @property
    def seal(self) -> Seal:
        """What new keys are sealed with, so that this process can open them."""
        return self._seal

    @property
    def people(self) -> Engine:
        """Where the users are whose keys these are."""
        return self._people

    def find(self, api_key: str) -> Credential | None:
        """A live key, as it was KNOWN_FOR_S ago at the most."""
        self._look()
        known = self._known.get(api_key)
        if known is None:
            if len(self._known) > KNOWN_MOST:
                self._known.clear()
            known = self._known[api_key] = self._load([api_key])[api_key]
        if known.lapses_ns < NEVER_NS and known.lapses_ns <= time.time_ns():  # unless it is used at another gateway
            known = self._known[api_key] = self._load([api_key])[api_key]
        if known.used_in != self._turn:
            known.used_in = self._turn
            self._used_keys.append(api_key)
        return known.credential

    def _look(self) -> None:
        """Every KNOWN_FOR_S, whether any key has changed, or who may order.

        Then those in use are read anew together, and the others when they are asked for.
        """
        now = time.monotonic()
        if now - self._looked <= KNOWN_FOR_S:
            return
        changes = (self._count(self._database), self._count(self._people))
        if changes != self._changes or (self._until_ns is not None and time.time_ns() >= self._until_ns):
            self._may_order.clear()
            self._until_ns = None
            self._known = self._load(self._used_keys)
        self._looked, self._changes = now, changes
        self._turn, self._used_keys, self._used_before = self._turn + 1, [], self._used_keys

    def look_now(self) -> None:
        """Keys and tokens in use are from now on as they are at this moment, whenever they were looked at last."""
        self._looked = 0.0
        self._look()
        self.tokens.look_now()

    @staticmethod
    def _count(database: Engine) -> int:
        with database.connect() as connection:
            return int(connection.execute(_CHANGES).scalar_one())

    def _load(self, wanted: list[str]) -> dict[str, "_Known"]:
        """What the database holds of keys; a secret that was opened before is not opened again."""
        found: dict[str, _Known] = {api_key: _Known() for api_key in wanted}
        if not wanted:
            return found
        now_ns = time.time_ns()
        with self._database.connect() as connection, self._people.connect() as people:
            for start in range(0, len(wanted), TOGETHER):
                some = wanted[start : start + TOGETHER]
                live = select(api_keys).where(api_keys.c.api_key.in_(some), api_keys.c.revoked.is_(False))
                rows = connection.execute(live).all()
                self._learn(connection, {row.account for row in rows})
                associations = Associations(connection, some, {row.account for row in rows})
                standings = Standings(people, [(row.user_id, row.account) for row in rows])
                used = {row.api_key: row.used_ns for row in connection.execute(_uses_of(some))}
                for row in rows:
                    standing = standings.of(row.user_id, row.account)
                    known, before = found[row.api_key], self._known.get(row.api_key)
                    known.used_ns = max(
                        used.get(row.api_key, 0),
                        self._used.keys.get(row.api_key, 0),  # uses that are not written down yet
                        before.used_ns if before is not None else 0,
                    )
                    association = associations.of(row.api_key, row.account)
                    until_ns = lapses_ns(row, known.used_ns, association.holder != 0)
                    if standing.is_barred or until_ns <= now_ns:
                        continue
                    may_order = self._may_order[row.account]
                    facts = (tuple(row), association, standing, may_order)
                    same = before is not None and before.facts == facts
                    known.facts, known.lapses_ns = facts, until_ns
                    known.credential = before.credential if before is not None and same else self._open(row, *facts[1:])
        return found

    def _learn(self, connection: Connection, accounts: set[int]) -> None:
        """Who of these accounts may order, as far as that is not known."""
        new = {account for account in accounts if account not in self._may_order}
        if not new:
            return
        if len(self._may_order) > KNOWN_MOST:
            self._may_order.clear()
            new = accounts
        found, until_ns = who_may_order(connection, new, time.time_ns())
        self._may_order.update(found)
        if until_ns is not None:
            self._until_ns = until_ns if self._until_ns is None else min(until_ns, self._until_ns)

    def _open(self, row: Any, association: Association, standing: Standing, may_order: bool) -> Credential:
        return Credential(
            id=row.credential,
            api_key=row.api_key,
            account=row.account,
            brand=row.brand,
            label=row.label,
            permissions=permissions_for(_permissions(row.permissions), association),
            ip_list=addresses_for(_addresses(row.ip_list), association),
            secret=self._seal.unseal(row.sealed_secret, row.api_key),
            passphrase_hash=row.passphrase_hash,
            brokers=association.brokers,
            holder=association.holder,
            owner=association.owner,
            user=row.user_id,
            withdrawals_from_ns=standing.withdrawals_from_ns,
            may_order=may_order,
        )

    def _note_key(self, api_key: str) -> None:
        """A proved use, to be written down when the last one that is lies far enough behind."""
        known, now_ns = self._known.get(api_key), time.time_ns()
        if known is not None and now_ns - known.used_ns >= KEY_STEP_NS:
            known.used_ns = self._used.keys[api_key] = now_ns
            if known.lapses_ns < NEVER_NS:
                known.lapses_ns = now_ns + IDLE_NS

    def take_used(self) -> Used:
        """What was used since this was asked last, for whoever writes it down beside the requests."""
        used, self._used = self._used, Used()
        return used

    def session(self, token: str, csrf: str, changes: bool, permission: Permission | None) -> Credential | Denial:
        """A web session by its cookie (I-11)."""
        token_hash, now_ns = hash_of(token), time.time_ns()
        found = admit(self._awake(token_hash, now_ns), csrf, changes, permission, now_ns)
        if isinstance(found, Credential):
            self._used.sessions[token_hash] = now_ns
        return self._judged(found)

    def _awake(self, token_hash: str, now_ns: int) -> Session | None:
        """A session that has not been idle for too long (I-15)."""
        session = self._find_session(token_hash)
        if session is None or not self._idle_ns:
            return session
        seen_ns = max(session.seen_ns, self._used.sessions.get(token_hash, 0))
        return session if now_ns - seen_ns < self._idle_ns else None

    def by_ticket(self, ticket: str) -> Credential | Denial:
        """A web session by a ticket, which works once (I-12)."""
        with self._database.begin() as connection:
            token_hash = redeem_ticket(connection, ticket, time.time_ns())
        session = None if token_hash is None else self._find_session(token_hash)
        return self._judged(admit(session, "", False, None, time.time_ns()))

    def by_token(self, token: str, address: str, terminal: str, permission: Permission | None) -> Credential | Denial:
        """An access token that a broker's client shows (O-10).

        Args:
            permission: None for a login, and for what a token alone may do.
        """
        known = self.tokens.named(token)
        found = admit_token(known, address, terminal, permission, time.time_ns())
        if isinstance(found, Denial) and known is not None and known.credential.bearer is not None:
            self.note_token_error(known.credential.bearer.broker, found.value)
        return self._judged(found)

    def note_token_error(self, broker: int, what: str) -> None:
        """A token of one of a broker's clients, or what it asked to get one, was refused."""
        self._token_errors[broker, what] += 1

    def take_token_errors(self) -> Counter[tuple[int, str]]:
        """How many were since this was asked last, by broker and what was wrong."""
        found, self._token_errors = self._token_errors, Counter()
        return found

    def of_brokers(self) -> list[Credential]:
        """Keys and tokens used a moment ago on whose orders a broker may earn."""
        keys = {*self._used_keys, *self._used_before}
        known = [one.credential for one in map(self._known.get, keys) if one is not None and one.credential is not None]
        return [one for one in (*known, *self.tokens.in_use()) if one.brokers or one.owner or one.holder]

    def _judged(self, found: Credential | Denial) -> Credential | Denial:
        """A session's or a token's credential says who may order as it is now, not as it was when that was read."""
        if isinstance(found, Denial) or self._account_may_order(found.account):
            return found
        return replace(found, may_order=False)

    def _account_may_order(self, account: int) -> bool:
        self._look()
        if account not in self._may_order:
            with self._database.connect() as connection:
                self._learn(connection, {account})
        return self._may_order[account]

    def is_current(self, credential: Credential) -> bool:
        """Whether a key, a session or a token that was let in would still be, unchanged."""
        if credential.kind is CredentialKind.TOKEN:
            return self.tokens.is_current(credential, time.time_ns())
        if credential.kind is CredentialKind.API_KEY:
            is_same = self.find(credential.api_key) == credential
            if is_same:
                self._note_key(credential.api_key)  # an open connection is a use
            return is_same
        session = self._awake(credential.api_key, time.time_ns())
        return session is not None and session.expires_ns > time.time_ns()

    def may_order(self, credential: Credential) -> bool:
        """Whether orders of a credential that was let in are taken, as it was KNOWN_FOR_S ago at the most (T-7)."""
        if credential.kind is CredentialKind.API_KEY:
            found = self.find(credential.api_key)
            return found is None or found.may_order  # who has lost the key is told that
        return self._account_may_order(credential.account)

    def associated(self, credential: Credential) -> Credential:
        """A credential that was let in, with the brokers that may earn on its orders as it was KNOWN_FOR_S ago at the
        most (CN-6)."""
        match credential.kind:
            case CredentialKind.SESSION:
                return credential  # nobody earns on what its user does by hand
            case CredentialKind.TOKEN:
                token = self.tokens.find(credential.api_key)
                found = None if token is None else token.credential
            case CredentialKind.API_KEY:
                found = self.find(credential.api_key)
        brokers, owner = (frozenset[int](), 0) if found is None else (found.brokers, found.owner)
        same = brokers == credential.brokers and owner == credential.owner
        return credential if same else replace(credential, brokers=brokers, owner=owner)

    def has_session(self, token: str) -> bool:
        return self._find_session(hash_of(token)) is not None

    def _find_session(self, token_hash: str) -> Session | None:
        """Looked up anew every KNOWN_FOR_S, as keys are."""
        now = time.monotonic()
        known = self._sessions.get(token_hash)
        if known is None or now - known[0] > KNOWN_FOR_S:
            if len(self._sessions) > KNOWN_MOST:
                self._sessions.clear()
            with self._database.connect() as connection:
                known = self._sessions[token_hash] = (now, load_session(connection, token_hash))
        return known[1]

    def authenticate(self, request: Request, permission: Permission | None, now_ms: int) -> Credential | Denial:
        """All checks in the order of I-2. The signature covers timestamp, method, raw target and raw body.

        Args:
            permission: None for a login, whose permissions are asked for with each operation.
        """
        for value, denial in (
            (request.key, Denial.NO_KEY),
            (request.passphrase, Denial.NO_PASSPHRASE),
            (request.signature, Denial.NO_SIGNATURE),
            (request.timestamp, Denial.NO_TIMESTAMP),
        ):
            if not value:
                return denial
        credential = self.find(request.key)
        if credential is None:
            return Denial.UNKNOWN_KEY
        if credential.ip_list and request.client_ip not in credential.ip_list:
            return Denial.IP_NOT_LISTED
        sent_ms = request.read_time(request.timestamp)
        if sent_ms is None:
            return Denial.BAD_TIMESTAMP
        if abs(now_ms - sent_ms) > self._window_ms:
            return Denial.STALE
        message = request.timestamp.encode() + request.method.encode() + request.target + request.body
        expected = base64.b64encode(hmac.digest(credential.secret, message, "sha256")).decode()
        if not hmac.compare_digest(expected.encode(), request.signature.encode()):
            return Denial.BAD_SIGNATURE
        given = self._seal.passphrase_hash(request.passphrase)
        if not hmac.compare_digest(given, credential.passphrase_hash):
            return Denial.WRONG_PASSPHRASE
        if permission is not None and permission not in credential.permissions:
            return Denial.NOT_PERMITTED
        if permission is Permission.WITHDRAW and credential.withdrawals_from_ns > now_ms * 1_000_000:
            return Denial.WITHDRAWALS_LOCKED
        if request.method != "GET" and not self._first_use(credential.id, expected, sent_ms, now_ms):
            return Denial.REPLAYED
        self._note_key(credential.api_key)
        return credential

    def prove(
        self, api_key: str, address: str, message: bytes, given: bytes, permission: Permission
    ) -> Credential | Denial:
        """A session's proof over a challenge (I-9): HMAC-SHA256 of the message under the key's secret."""
        credential = self.find(api_key)
        secret = credential.secret if credential is not None else bytes(32)  # a key that is not there takes as long
        right = hmac.compare_digest(hmac.digest(secret, message, "sha256"), given)
        if credential is None:
            return Denial.UNKNOWN_KEY
        if not right:
            return Denial.BAD_SIGNATURE
        if credential.ip_list and address not in credential.ip_list:
            return Denial.IP_NOT_LISTED
        if permission not in credential.permissions:
            return Denial.NOT_PERMITTED
        self._note_key(api_key)
        return credential

    def _first_use(self, credential: int, signature: str, sent_ms: int, now_ms: int) -> bool:
        """I-4: a state-changing request works once; signatures from before our start are not known, so refused."""
        if sent_ms < self._started_ms or self._horizons.may_have_been_used(credential, sent_ms):
            return False
        if not self._uses.is_first(signature, now_ms + 2 * self._window_ms, now_ms):
            return False
        if sent_ms > now_ms:
            self._horizons.cover(credential, sent_ms)
        return True


def timestamp_ms(text: str) -> int | None:
    """An ISO-8601 UTC time with milliseconds, in milliseconds since 1970; None for anything else."""
    try:
        if text.endswith("Z") and len(text) <= 30:
            moment = datetime.fromisoformat(text[:-1])
            return None if moment.tzinfo else (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    except ValueError:
        return None
    return None


def unix_seconds_ms(text: str) -> int | None:
    """Seconds since 1970, with decimals or without, in milliseconds; None for anything else."""
    seconds, _, decimals = text.partition(".")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        return None
    if decimals and not (decimals.isascii() and decimals.isdigit() and len(decimals) <= 12):
        return None
    return int(seconds) * 1_000 + int(decimals[:3].ljust(3, "0"))
