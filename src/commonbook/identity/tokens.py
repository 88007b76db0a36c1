"""Access tokens: what a broker's client has instead of a user's API key. Rules O-9 to O-11 of docs/rules/oauth.md.

They are granted, refreshed and revoked by `oauth/`; here they are only read.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from commonbook.identity.associations import Associations
from commonbook.identity.model import Bearer, Credential, CredentialKind, Denial, Permission
from commonbook.identity.sessions import hash_of
from commonbook.identity.standing import Standings
from commonbook.storage.tables.oauth import oauth_changes, oauth_clients, oauth_grants, oauth_tokens

FIRST_CREDENTIAL = 3 << 30  # grants count from here, sessions from 2^31, API keys from 1
KNOWN_MOST = 100_000  # tokens that are remembered
TOGETHER = 500  # in one query
ACCESS, REFRESH = "access", "refresh"
LIVE, CANCELED, REVOKED = "live", "canceled", "revoked"  # of a grant
MAKES_KEYS = "fast_api"  # the scope that lets a client make a key
PERMISSIONS = {"read_only": Permission.READ, "trade": Permission.TRADE}  # of scopes: no other is to be had by a token
_CHANGES = select(oauth_changes.c.count)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that has been found and may still be good."""

    credential: Credential
    is_public: bool
    is_live: bool  # no newer one has taken its place
    grant_state: str
    expires_ns: int
    is_barred: bool
    is_stopped: bool  # the broker is suspended


def scopes_in(text: str) -> tuple[str, ...]:
    """The words of a scope, which commas or spaces part."""
    return tuple(text.replace(",", " ").split())


def load_tokens(connection: Connection, hashes: Iterable[str], simulated: bool = False) -> dict[str, Token]:
    """Access tokens of the one venue or the other, whether they are good or not, by their hashes."""
    found: dict[str, Token] = {}
    wanted = list(hashes)
    chosen = (
        select(oauth_tokens, oauth_grants, oauth_clients.c.kind.label("client_kind"))
        .add_columns(oauth_clients.c.ip_list, oauth_tokens.c.scope.label("token_scope"))
        .join(oauth_grants, oauth_grants.c.grant_id == oauth_tokens.c.grant_id)
        .join(oauth_clients, oauth_clients.c.client_id == oauth_grants.c.client_id)
        .where(oauth_tokens.c.kind == ACCESS, oauth_grants.c.simulated.is_(simulated))
    )
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        rows = connection.execute(chosen.where(oauth_tokens.c.token_hash.in_(some))).all()
        standings = Standings(connection, [(row.user_id, row.account) for row in rows])
        associations = Associations(connection, [], {row.account for row in rows})
        for row in rows:
            allowed = associations.allowed({row.broker}, row.account)  # of one refused the token works on (CN-6)
            scopes = scopes_in(row.token_scope)
            credential = Credential(
                id=row.credential,
                api_key=row.token_hash,
                account=row.account,
                brand=row.brand,
                label="token",
                permissions=frozenset(PERMISSIONS[one] for one in scopes if one in PERMISSIONS),
                ip_list=(),
                secret=b"",
                passphrase_hash="",
                brokers=allowed,
                kind=CredentialKind.TOKEN,
                user=row.user_id,
                owner=row.broker if allowed else 0,
                bearer=Bearer(
                    *(row.client_id, row.broker, row.user_id, row.terminal, MAKES_KEYS in scopes),
                    addresses=tuple(one for one in row.ip_list.split(",") if one),
                ),
            )
            found[row.token_hash] = Token(
                credential,
                row.client_kind == "public",
                row.live,
                row.state,
                row.expires_ns,
                standings.of(row.user_id, row.account).is_barred,
                associations.is_suspended(row.broker),
            )
    return found


def denial_of(token: Token | None, now_ns: int) -> Denial | None:
    """Why a token has no force, whoever shows it: the first five checks of O-10."""
    if token is None:
        return Denial.NO_TOKEN
    if token.grant_state == CANCELED:
        return Denial.TOKEN_CANCELED
    if token.grant_state != LIVE or not token.is_live:
        return Denial.TOKEN_REVOKED
    if token.expires_ns <= now_ns:
        return Denial.TOKEN_EXPIRED
    if token.is_barred:
        return Denial.ACCOUNT_FROZEN
    return Denial.BROKER_SUSPENDED if token.is_stopped else None


def admit_token(
    token: Token | None, address: str, terminal: str, permission: Permission | None, now_ns: int
) -> Credential | Denial:
    """All checks in the order of O-10.

    Args:
        permission: None for a login, and for what a token alone may do.
    """
    denied = denial_of(token, now_ns)
    bearer = None if token is None else token.credential.bearer
    if token is None or bearer is None or denied is not None:
        return denied or Denial.NO_TOKEN
    if token.is_public and bearer.terminal != terminal:
        return Denial.WRONG_TERMINAL
    if not token.is_public and address not in bearer.addresses:
        return Denial.WRONG_ADDRESS
    if permission is not None and permission not in token.credential.permissions:
        return Denial.OUT_OF_SCOPE
    return token.credential


class KnownTokens:
    """Tokens in use, as the database had them `known_for_s` ago at the most; those in use are read anew together."""

    def __init__(
        self, database: Engine, known_for_s: float, people_changes: Callable[[], int], simulated: bool = False
    ) -> None:
        """
        Args:
            database: the live venue's, where users are and all that they grant.
            people_changes: counts what may bar users.
            simulated: those of the simulated venue.
        """
        self._database = database
        self._simulated = simulated
        self._known_for_s = known_for_s
        self._people_changes = people_changes
        self._known: dict[str, Token | None] = {}
        self._used: set[str] = set()  # since the last look
        self._used_before: set[str] = set()  # before it
        self._changes = (-1, -1)
        self._looked = 0.0

    def find(self, token_hash: str) -> Token | None:
        self._look()
        self._used.add(token_hash)
        if token_hash not in self._known:
            if len(self._known) > KNOWN_MOST:
                self._known.clear()
            self._known |= self._load([token_hash])
        return self._known[token_hash]

    def named(self, token: str) -> Token | None:
        return self.find(hash_of(token))

    def is_current(self, credential: Credential, now_ns: int) -> bool:
        """Whether a token that was let in would still be, unchanged."""
        found = self.find(credential.api_key)
        return found is not None and found.credential == credential and denial_of(found, now_ns) is None

    def in_use(self) -> list[Credential]:
        """Of the tokens that were shown a moment ago."""
        found = [self._known.get(one) for one in self._used | self._used_before]
        return [one.credential for one in found if one is not None]

    def look_now(self) -> None:
        """Tokens in use are from now on as they are at this moment."""
        self._looked = 0.0
        self._look()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked <= self._known_for_s:
            return
        with self._database.connect() as connection:
            changes = (int(connection.execute(_CHANGES).scalar_one()), self._people_changes())
        if changes != self._changes:
            self._known = self._load(self._used)
        self._looked, self._changes, self._used, self._used_before = now, changes, set(), self._used

    def _load(self, wanted: Iterable[str]) -> dict[str, Token | None]:
        hashes = list(wanted)
        found: dict[str, Token | None] = dict.fromkeys(hashes)
        if hashes:
            with self._database.connect() as connection:
                found |= load_tokens(connection, hashes, self._simulated)
        return found
