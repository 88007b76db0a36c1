"""The chores of a host with brands and people: logs, partnerships, webhooks, exports, letters, mails, certificates."""

import asyncio
import time
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from commonbook.administration import checkpoint
from commonbook.administration.checkpoint import AuditKey, checkpoint_folder
from commonbook.brand import letters, notices
from commonbook.brand.hosts import Hosts
from commonbook.brand.upkeep import look_after
from commonbook.broker.signing import sign_due
from commonbook.console.chores import Chore, Place
from commonbook.errors import OutsideFailure
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.identity.sealing import Seal
from commonbook.leaving import arrival, jobs
from commonbook.liquidity import upkeep
from commonbook.notice import inbox, price_alerts
from commonbook.notice.delivery import deliver_due
from commonbook.notice.mail import forget_older
from commonbook.people import throttle
from commonbook.people.directory import User
from commonbook.records import Batch, Records
from commonbook.settings import database_url
from commonbook.units import HOUR_NS
from commonbook.webhook import brokers as webhook_brokers
from commonbook.webhook import delivery
from commonbook.webhook.delivery import Deliveries
from commonbook.webhook.model import Endpoint


async def _sign_the_logs(place: Place) -> None:
    """AD-8: the end of each audit log, signed and kept."""
    folder = checkpoint_folder(place.data_dir, place.settings)

    def sign() -> None:
        with place.office.database.connect() as connection:
            line = checkpoint.make(connection, AuditKey.open(place.data_dir))
        checkpoint.keep(folder, line)

    await asyncio.to_thread(sign)


async def _sign_hours(place: Place) -> None:
    """BP-1: the root of each hour of the broker program that is settled."""

    def sign() -> None:
        sign_due(place.office.database, place.office.statements, AuditKey.open(place.data_dir))

    await asyncio.to_thread(sign)


async def _keep_partnerships(place: Place) -> None:
    """PA-23: what expires, ends, is stopped or goes back."""
    loop = asyncio.get_running_loop()

    def submit(commands: Records) -> Batch:
        return asyncio.run_coroutine_threadsafe(place.core.submit_batch(commands), loop).result()

    await asyncio.to_thread(place.office.keep_partnerships, submit)


async def _keep_brokers(place: Place) -> None:
    """BE-10: what expires, is warned of, lapses or comes back."""
    loop, settings = asyncio.get_running_loop(), place.settings
    hosts = Hosts(place.office.venue, settings.brand.local_suffix)

    def submit(commands: Records) -> Batch:
        return asyncio.run_coroutine_threadsafe(place.core.submit_batch(commands), loop).result()

    def keep() -> None:
        with place.office.database.connect() as connection:
            hosts.look(connection)
        place.office.keep_brokers(submit, partial(letterhead, settings.mail, hosts))

    await asyncio.to_thread(keep)


async def _deliver_webhooks(place: Place) -> None:
    """For ever: whoever fails begins again at the next turn."""
    seal, terms = Seal.open(place.data_dir), place.settings.webhooks
    await Deliveries(place.office.database, seal, terms, told_of_pause).run()


def told_of_pause(connection: Connection, endpoint: Endpoint, why: str) -> None:
    """WH-7: the brand's log says it, and a letter; a broker has a notice."""
    if endpoint.broker:
        webhook_brokers.tell_of_pause(connection, endpoint, why)
        return
    delivery.told_in_the_log(connection, endpoint, why)
    now_ns = time.time_ns()
    subject = f"{endpoint.id}:{now_ns}"
    notices.tell(connection, endpoint.brand, "webhook_paused", subject, now_ns, url=endpoint.url, why=why)


async def _tell_brokers(place: Place) -> None:
    """BL-7: what has happened to brokers that have endpoints."""
    await asyncio.to_thread(webhook_brokers.gather, place.office.database, place.office.venue)


async def _warn_brokers(place: Place) -> None:
    """BL-19 and BL-20: tags without an association, and exclusions that rise."""
    try:
        await asyncio.to_thread(place.office.warn_brokers)
    except SQLAlchemyError as failure:
        raise OutsideFailure(f"the tables of brokers' alerts: {failure}") from failure


async def _forget_old_webhooks(place: Place) -> None:
    await delivery.forget_old(place.office.database, place.settings.webhooks)


async def _report_liquidity(place: Place) -> None:
    """LQ-6: of each closed day, by a process of its own."""
    time_ns = int((await place.core.state())["time_ns"])
    url = database_url(place.settings, place.data_dir)
    await upkeep.report_due(place.data_dir, url, time_ns, place.settings.liquidity.days_back)


async def _write_letters(place: Place) -> None:
    """PE-13: of what happened by itself, to whose concern it is."""
    seal, settings = Seal.open(place.data_dir), place.settings
    hosts = Hosts(place.office.venue, settings.brand.local_suffix)

    def write() -> int:
        with place.office.database.begin() as connection:
            hosts.look(connection)
            heads = partial(letterhead, settings.mail, hosts)
            return letters.write_due(connection, seal, heads, time.time_ns())

    while await asyncio.to_thread(write):
        pass


async def _make_exports(place: Place) -> None:
    """LV-5: what was approved, by a process of its own."""
    url = database_url(place.settings, place.data_dir)
    await jobs.make_due(place.data_dir, url, place.office.database)


async def _import_users(place: Place) -> None:
    """LV-9 and LV-10."""
    seal, settings = Seal.open(place.data_dir), place.settings
    hosts = Hosts(place.office.venue, settings.brand.local_suffix)

    def invite(connection: Connection, seal: Seal, user: User) -> None:
        hosts.look(connection)
        head = letterhead(settings.mail, hosts, user.brand)
        arrival.invite(connection, seal, head, user, settings.arrivals.invitation_s)

    while await asyncio.to_thread(arrival.work, place.office.database, seal, invite):
        pass


async def _deliver_mails(place: Place) -> None:
    """PE-14: what waits in the outbox, when the settings name a server."""
    if place.settings.mail.smtp_url:
        seal = Seal.open(place.data_dir)
        await asyncio.to_thread(deliver_due, place.office.database, seal, place.settings.mail)


async def _forget(place: Place) -> None:
    """PE-5, PE-14, IN-1: failures that count no more, and mails and notices that are old enough."""
    now_ns = time.time_ns()

    def work() -> None:
        with place.office.database.begin() as connection:
            forget_older(connection, now_ns - place.settings.mail.kept_days * 24 * HOUR_NS)
            throttle.sweep(connection, now_ns)
            inbox.forget_older(connection, now_ns)

    await asyncio.to_thread(work)


async def _look_for_prices(place: Place) -> None:
    """IN-4: prices that users wait for."""
    try:
        await asyncio.to_thread(price_alerts.look, place.office.database, place.office.venue)
    except SQLAlchemyError as failure:
        raise OutsideFailure(f"the tables of price alerts: {failure}") from failure


async def _look_after_brands(place: Place) -> None:
    """BR-11 and BR-13: proofs of domains, and certificates."""
    try:
        await asyncio.to_thread(look_after, place.office.database, Seal.open(place.data_dir), place.settings)
    except SQLAlchemyError as failure:
        raise OutsideFailure(f"the tables of brands: {failure}") from failure


CHORES = (
    Chore("audit.checkpoint", lambda settings: settings.administration.checkpoint_minutes * 60.0, _sign_the_logs),
    Chore("hours.sign", lambda settings: 5.0, _sign_hours),
    Chore("partnership.keep", lambda settings: settings.partnership.look_every_s, _keep_partnerships),
    Chore("brokers.keep", lambda settings: settings.brokerage.look_every_s, _keep_brokers),
    Chore("webhooks.deliver", lambda settings: 1.0, _deliver_webhooks),
    Chore("brokers.warn", lambda settings: 5.0, _warn_brokers),
    Chore("webhooks.brokers", lambda settings: 1.0, _tell_brokers),
    Chore("webhooks.forget", lambda settings: 3_600.0, _forget_old_webhooks),
    Chore("exports.make", lambda settings: 5.0, _make_exports),
    Chore("imports.work", lambda settings: 1.0, _import_users),
    Chore("liquidity.report", lambda settings: float(settings.liquidity.look_every_s), _report_liquidity),
    Chore("letters.write", lambda settings: 1.0, _write_letters),
    Chore("mail.deliver", lambda settings: settings.mail.look_every_ms / 1000, _deliver_mails),
    Chore("alerts.look", lambda settings: 1.0, _look_for_prices),
    Chore("people.forget", lambda settings: 3_600.0, _forget),
    Chore("brands.look_after", lambda settings: 60.0, _look_after_brands),
)
