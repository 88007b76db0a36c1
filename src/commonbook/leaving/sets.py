"""What a brand leaves with: sets of rows, each with its columns, in an order that is always the same. LV-1 to LV-4.

A row's values are all text: amounts are decimal, ids and times whole numbers. Whoever keeps something of a brand's adds
a `Set` here.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from commonbook.identity.sealing import Seal
from commonbook.instrument.accounts import is_funding, master_of, number_of
from commonbook.instrument.venue import Venue
from commonbook.leaving.consent import Consent
from commonbook.ledger.balances import Balances
from commonbook.ledger.model import USERS, available, brand_revenue, held
from commonbook.ledger.service import unkept
from commonbook.people import directory
from commonbook.people.directory import CLOSED
from commonbook.records import Attribution, CancelReason, Channel, OrderType, Side
from commonbook.storage.schema import bills, brand_hours, fills, ledger_balances, orders
from commonbook.storage.tables.administration import grants
from commonbook.storage.tables.autonomy import announcement_texts, announcements
from commonbook.storage.tables.brand import brand_versions
from commonbook.storage.tables.clearing import clearing_statements
from commonbook.storage.tables.leaving import external_ids
from commonbook.storage.tables.people import users
from commonbook.storage.tables.webhooks import webhook_endpoints

Row = dict[str, str]
TOGETHER = 500
OTHERS = "others"  # stands for all accounts whose users have not consented


@dataclass(frozen=True)
class Scope:
    """Whose, and as of when."""

    connection: Connection  # a snapshot: all sets are of one moment
    venue: Venue
    seal: Seal
    brand: int
    consents: dict[int, Consent]  # of users who have said yes
    accounts: list[int] = field(default_factory=list)  # of these users, ascending
    withheld: list[int] = field(default_factory=list)  # all other accounts of the brand


@dataclass(frozen=True, slots=True)
class Set:
    name: str
    columns: tuple[str, ...]
    rows: Callable[[Scope], Iterator[Row]]


def scope_of(connection: Connection, venue: Venue, seal: Seal, brand: int, consents: dict[int, Consent]) -> Scope:
    """Which users and accounts are told of one by one, and which only in sums."""
    agreed = {user: one for user, one in consents.items() if one.given}
    chosen = select(users.c.user_id, users.c.account).where(users.c.brand == brand, users.c.state != CLOSED)
    found = {row.user_id: row.account for row in connection.execute(chosen)}
    agreed = {user: one for user, one in agreed.items() if user in found}
    masters = {found[user] for user in agreed if found[user]}
    own = sorted(account.id for account in venue.accounts.values() if account.brand == brand)
    accounts = [account for account in own if master_of(account) in masters]
    withheld = [account for account in own if master_of(account) not in masters]
    return Scope(connection, venue, seal, brand, agreed, accounts, withheld)


def _users(scope: Scope) -> Iterator[Row]:
    names = {
        row.user_id: row.external_id
        for row in scope.connection.execute(select(external_ids).where(external_ids.c.brand == scope.brand))
    }
    for user, consent in sorted(scope.consents.items()):
        found = directory.find(scope.connection, user)
        personal = directory.personal(scope.connection, scope.seal, user)
        yield {
            "user": str(user),
            "external_id": names.get(user, ""),
            "account": str(found.account or ""),
            "state": found.state,
            "language": found.language,
            "created_ns": str(found.created_ns),
            "email": personal.get("email", ""),
            "name": personal.get("display_name", ""),
            "country": personal.get("country", ""),
            "consent_ns": str(consent.time_ns),
            "consent_text_sha256": consent.text_hash,
            "consent_source": consent.source,
        }


def _accounts(scope: Scope) -> Iterator[Row]:
    for number in scope.accounts:
        yield {
            "account": str(number),
            "master": str(master_of(number)),
            "part": "funding" if is_funding(number) else "trading",
            "subaccount": str(number_of(number) or ""),
            "level": str(scope.venue.accounts[number].level),
        }


def _balances(scope: Scope) -> Iterator[Row]:
    """Each account's, the sum of all that are told of in sums only, and the brand's own revenue."""
    behind = unkept(scope.connection)
    named: dict[tuple[int, int], list[int]] = {}
    for asset, account, amounts in _of_ledger(scope, scope.accounts, behind):
        named[account, asset] = amounts
    others: dict[int, list[int]] = {}
    for asset, _, amounts in _of_ledger(scope, scope.withheld, behind):
        total = others.setdefault(asset, [0, 0])
        total[0], total[1] = total[0] + amounts[0], total[1] + amounts[1]
    for (account, asset), amounts in sorted(named.items()):
        yield _balance(scope, str(account), asset, *amounts)
    for asset, amounts in sorted(others.items()):
        yield _balance(scope, OTHERS, asset, *amounts)
    revenue = select(ledger_balances).where(ledger_balances.c.account == brand_revenue(scope.brand))
    for row in scope.connection.execute(revenue.order_by(ledger_balances.c.asset)):
        yield _balance(scope, "revenue", row.asset, row.amount, 0)


def _of_ledger(scope: Scope, accounts: list[int], behind: Balances) -> Iterator[tuple[int, int, list[int]]]:
    for start in range(0, len(accounts), TOGETHER):
        part = accounts[start : start + TOGETHER]
        names = {available(one): (one, 0) for one in part} | {held(one): (one, 1) for one in part}
        found: dict[tuple[int, int], list[int]] = {}
        chosen = select(ledger_balances).where(ledger_balances.c.account.in_(names))
        for row in scope.connection.execute(chosen):
            account, place = names[row.account]
            found.setdefault((account, row.asset), [0, 0])[place] = row.amount
        for form, asset, table in behind.tables():
            for account in table.keys() & set(part):
                found.setdefault((account, asset), [0, 0])[USERS.index(form)] += table[account]
        for (account, asset), amounts in found.items():
            if any(amounts):
                yield asset, account, amounts


def _balance(scope: Scope, account: str, asset: int, free: int, locked: int) -> Row:
    told = scope.venue.assets[asset]
    return {"account": account, "asset": told.name, "available": told.format(free), "held": told.format(locked)}


def _orders(scope: Scope) -> Iterator[Row]:
    for account in scope.accounts:
        rows = scope.connection.execute(select(orders).where(orders.c.account == account).order_by(orders.c.order_id))
        for row in rows:
            of = scope.venue.instruments[row.instrument]
            yield {
                "order": str(row.order_id),
                "account": str(account),
                "instrument": of.name,
                "side": Side(row.side).name.lower(),
                "type": OrderType(row.order_type).name.lower(),
                "channel": Channel(row.channel).name.lower(),
                "price": of.format_price(row.price_ticks),
                "quantity": of.format_quantity(row.quantity_lots),
                "quote_amount": of.quote.format(row.quote_amount),
                "client_id": row.client_id,
                "tag": row.tag,
                "attribution": Attribution(row.attribution).name.lower(),
                "state": row.state,
                "cancel_reason": CancelReason(row.cancel_reason).name.lower() if row.cancel_reason else "",
                "filled": of.format_quantity(row.filled_lots),
                "filled_notional": of.quote.format(row.filled_notional),
                "fee": of.quote.format(row.fee),
                "created_ns": str(row.created_ns),
                "updated_ns": str(row.updated_ns),
            }


def _fills(scope: Scope) -> Iterator[Row]:
    for account in scope.accounts:
        after = 0
        while True:
            chosen = select(fills).where(fills.c.account == account, fills.c.fill > after)
            rows = scope.connection.execute(chosen.order_by(fills.c.fill).limit(TOGETHER)).all()
            if not rows:
                break
            after = rows[-1].fill
            others = _counterparts(scope, [row.fill for row in rows])
            for row in rows:
                of = scope.venue.instruments[row.instrument]
                # Both sides of a fill are written one behind the other; which of the neighbours it is, they say.
                near = (others.get(row.fill - 1), others.get(row.fill + 1))
                place = (row.sequence, row.event_index)
                other = next(one for one in near if one is not None and one[0] == place and one[1] != row.role)
                found = scope.venue.accounts.get(other[2])
                is_internal = found is not None and found.brand == scope.brand
                yield {
                    "fill": f"{row.sequence}-{row.event_index}-{row.role}",
                    "account": str(account),
                    "order": str(row.order_id),
                    "trade": str(row.trade),
                    "time_ns": str(row.time_ns),
                    "instrument": of.name,
                    "side": Side(row.side).name.lower(),
                    "role": row.role,
                    "price": of.format_price(row.price_ticks),
                    "quantity": of.format_quantity(row.quantity_lots),
                    "notional": of.quote.format(row.notional),
                    "fee": of.quote.format(row.fee),
                    "fee_asset": of.quote.name,
                    "client_id": row.client_id,
                    "tag": row.tag,
                    "counterparty": "internal" if is_internal else "external",
                }


def _counterparts(scope: Scope, numbers: list[int]) -> dict[int, tuple[tuple[int, int], str, int]]:
    wanted = sorted({near for number in numbers for near in (number - 1, number + 1)})
    found = {}
    for start in range(0, len(wanted), TOGETHER):
        columns = (fills.c.fill, fills.c.sequence, fills.c.event_index, fills.c.role, fills.c.account)
        chosen = select(*columns).where(fills.c.fill.in_(wanted[start : start + TOGETHER]))
        for row in scope.connection.execute(chosen):
            found[row.fill] = ((row.sequence, row.event_index), row.role, row.account)
    return found


def _bills(scope: Scope) -> Iterator[Row]:
    for account in scope.accounts:
        for row in scope.connection.execute(select(bills).where(bills.c.account == account).order_by(bills.c.bill)):
            asset = scope.venue.assets[row.asset]
            yield {
                "account": str(account),
                "sequence": str(row.sequence),
                "time_ns": str(row.time_ns),
                "asset": asset.name,
                "kind": row.kind,
                "change": asset.format(row.change),
                "balance": asset.format(row.balance),
                "order": str(row.order_id or ""),
                "trade": str(row.trade or ""),
            }


def _hours(scope: Scope) -> Iterator[Row]:
    amounts = (
        *("side_volume", "attributed_volume", "fees_collected", "rebates_paid"),
        *("commission", "host_fee", "revenue", "subsidy"),
    )
    chosen = select(brand_hours).where(brand_hours.c.brand == scope.brand)
    for row in scope.connection.execute(chosen.order_by(brand_hours.c.hour, brand_hours.c.quote_asset)).mappings():
        asset = scope.venue.assets[row["quote_asset"]]
        told = {"hour": str(row["hour"]), "asset": asset.name}
        told |= {"fills": str(row["fills"]), "internal_fills": str(row["internal_fills"])}
        yield told | {name: asset.format(row[name]) for name in amounts}


def _statements(scope: Scope) -> Iterator[Row]:
    """What the brand was owed, day by day. The files of the statements themselves are fetched from the desk."""
    chosen = select(clearing_statements).where(clearing_statements.c.brand == scope.brand)
    for row in scope.connection.execute(chosen.order_by(clearing_statements.c.day, clearing_statements.c.asset)):
        asset = scope.venue.assets[row.asset]
        yield {
            "day": str(row.day),
            "asset": asset.name,
            "opening": asset.format(row.opening),
            "closing": asset.format(row.closing),
            "totals": row.totals,
            "lines": str(row.lines),
            "root": row.root,
            "state": row.state,
            "release_day": str(row.release_day or ""),
        }


def _announcements(scope: Scope) -> Iterator[Row]:
    """Each version in each language."""
    joined = announcements.join(announcement_texts, announcement_texts.c.announcement == announcements.c.announcement)
    of, said = announcements.c, announcement_texts.c
    columns = (
        of.slug,
        of.form,
        of.topic,
        of.state,
        of.published_ns,
        said.version,
        said.language,
        said.title,
        said.body,
    )
    chosen = select(*columns).select_from(joined)
    order = (of.announcement, said.version, said.language)
    rows = scope.connection.execute(chosen.where(of.brand == scope.brand).order_by(*order))
    for row in rows:
        told = {"slug": row.slug, "form": row.form, "topic": row.topic, "state": row.state}
        told |= {"published_ns": str(row.published_ns or ""), "language": row.language}
        yield told | {"version": str(row.version), "title": row.title, "text": row.body}


def _documents(scope: Scope) -> Iterator[Row]:
    """What the brand has said of itself: looks, texts, domains; every version."""
    chosen = select(brand_versions).where(brand_versions.c.brand == scope.brand).order_by(brand_versions.c.version)
    for row in scope.connection.execute(chosen):
        told = {"version": str(row.version), "sha256": row.hash, "time_ns": str(row.time_ns)}
        yield told | {"note": row.note, "document": row.document}


def _settings(scope: Scope) -> Iterator[Row]:
    """What the brand is set up with; secrets apart."""
    brand = scope.venue.brands[scope.brand]
    yield _setting("brand", "name", brand.name)
    for (number, level), rates in sorted(scope.venue.schedules.items()):
        if number == scope.brand:
            fees = {"maker_e8": rates.maker_e8, "taker_e8": rates.taker_e8}
            yield _setting("fees", f"level {level}", fees)
    chosen = select(webhook_endpoints).where(
        webhook_endpoints.c.brand == scope.brand, webhook_endpoints.c.state != "removed"
    )
    for row in scope.connection.execute(chosen.order_by(webhook_endpoints.c.endpoint)):
        yield _setting("webhooks", str(row.endpoint), {"url": row.url, "events": row.kinds.split()})
    held_roles = select(grants).where(grants.c.brand == scope.brand).order_by(grants.c.user_id, grants.c.role)
    for row in scope.connection.execute(held_roles):
        if row.user_id in scope.consents:
            yield _setting("roles", str(row.user_id), row.role)


def _setting(section: str, name: str, value: object) -> Row:
    return {"section": section, "name": name, "value": json.dumps(value, sort_keys=True)}


SETS: tuple[Set, ...] = (
    Set(
        "users",
        (
            *("user", "external_id", "account", "state", "language", "created_ns", "email", "name", "country"),
            *("consent_ns", "consent_text_sha256", "consent_source"),
        ),
        _users,
    ),
    Set("accounts", ("account", "master", "part", "subaccount", "level"), _accounts),
    Set("balances", ("account", "asset", "available", "held"), _balances),
    Set(
        "orders",
        (
            *("order", "account", "instrument", "side", "type", "channel", "price", "quantity", "quote_amount"),
            *("client_id", "tag", "attribution", "state", "cancel_reason", "filled", "filled_notional", "fee"),
            *("created_ns", "updated_ns"),
        ),
        _orders,
    ),
    Set(
        "fills",
        (
            *("fill", "account", "order", "trade", "time_ns", "instrument", "side", "role", "price", "quantity"),
            *("notional", "fee", "fee_asset", "client_id", "tag", "counterparty"),
        ),
        _fills,
    ),
    Set(
        "bills",
        ("account", "sequence", "time_ns", "asset", "kind", "change", "balance", "order", "trade"),
        _bills,
    ),
    Set(
        "hours",
        (
            *("hour", "asset", "fills", "internal_fills", "side_volume", "attributed_volume", "fees_collected"),
            *("rebates_paid", "commission", "host_fee", "revenue", "subsidy"),
        ),
        _hours,
    ),
    Set(
        "statements",
        ("day", "asset", "opening", "closing", "totals", "lines", "root", "state", "release_day"),
        _statements,
    ),
    Set(
        "announcements",
        ("slug", "form", "topic", "state", "published_ns", "version", "language", "title", "text"),
        _announcements,
    ),
    Set("documents", ("version", "sha256", "time_ns", "note", "document"), _documents),
    Set("settings", ("section", "name", "value"), _settings),
)
