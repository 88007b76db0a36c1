"""How a code gets into the core, and what the core is told of it: sequenced commands, made from the registry. BE-8.

A command says what is to be, not what is to change: sent again it changes nothing.
"""

from sqlalchemy import Connection

from commonbook.broker import sub_brokers
from commonbook.broker.sub_brokers import FIRST_NUMBER
from commonbook.brokerage import applications, registry
from commonbook.brokerage.model import Application, Broker
from commonbook.errors import Declined
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, Records, as_commands, commands
from commonbook.settings import BrokerageSettings


def code_command(broker: Broker) -> Records:
    """What makes the core say of a code what the registry says."""
    record = commands(CommandKind.BROKER_CODE)
    record["broker"], record["code"] = broker.number, broker.code.encode()
    record["active"], record["payout_account"] = broker.is_active, broker.payout_account
    return as_commands(record)


def choose(connection: Connection, venue: Venue, application: Application) -> Broker:
    """The number and the code of an application that is let in; chosen once, the same when it is asked again.

    Raises:
        Declined: `code_taken`: the venue knows all that were wished.
    """
    found = applications.hold(connection, application.id)
    if found.broker:
        return registry.must_be_numbered(connection, found.broker)
    before = registry.closed_of(connection, found.user)
    if before is not None and before.code in found.integration.codes:
        broker = registry.enter_again(connection, found, before)
    else:
        code = next((one for one in found.integration.codes if not is_known(connection, venue, one)), None)
        if code is None:
            taken = ", ".join(found.integration.codes)
            raise Declined("code_taken", f"the codes {taken} are others': send the application back for other ones")
        own = [one for one in list(venue.codes) if one < FIRST_NUMBER]  # sub-brokers' numbers lie above
        number = max([*own, registry.highest(connection)], default=0) + 1
        broker = registry.enter(connection, found, number, code)
    applications.change(connection, found.id, broker=broker.number)
    return broker


def choose_anew(connection: Connection, application: Application) -> None:
    """The core has refused the number or the code: somebody else was faster."""
    found = applications.hold(connection, application.id)
    if found.broker:
        registry.forget(connection, found.broker)
        applications.change(connection, found.id, broker=0)


def is_known(connection: Connection, venue: Venue, code: str) -> bool:
    """Whether the venue has a code, or will have it, whatever the case of its letters: users would take one for the
    other."""
    in_venue = any(one.code.lower() == code.lower() for one in list(venue.codes.values()))
    return in_venue or sub_brokers.has_code(connection, code)


def must_be_free(connection: Connection, settings: BrokerageSettings, venue: Venue, user: int, code: str) -> None:
    """Of a sub-broker's code, that no other has it or has wished for it, and that it is not reserved (BE-2).

    Raises:
        Declined: `code_reserved`, `code_taken`.
    """
    if code.lower() in {one.lower() for one in settings.reserved_codes}:
        raise Declined("code_reserved", f"code {code} is nobody's: choose another one")
    if applications.taken_codes(connection, [code], user) or is_known(connection, venue, code):
        raise Declined("code_taken", f"code {code} is another's: choose another one")
