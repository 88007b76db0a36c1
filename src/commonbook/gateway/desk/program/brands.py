"""Opening a partner's brand: on the live venue, where it may not trade yet; the simulated venue follows. Rule PA-21.

The brand has one number on both venues, so that its people and its addresses are the same before and after it goes
live. Switches are not followed by the simulated venue: a brand that is stopped on the live one is tried out there.
"""

from functools import partial

from sqlalchemy import Connection

from commonbook.administration.roles import Role
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Desk
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.instrument.controls import kill_command
from commonbook.partnership import applications
from commonbook.partnership.model import Application
from commonbook.partnership.slots import lock_all
from commonbook.people import staff
from commonbook.records import CommandKind, KillScope, Records, as_commands, commands
from commonbook.simulated.house import HOUSE_BRAND, HOUSE_NAME

ATTEMPTS = 20


async def open_brand(desk: Desk, application: Application) -> int:
    """Open the brand of an application, which may not trade on the live venue; its number. Done again, the same one.

    The number is written down before the command is sent, so that who died between the two finds it again.

    Raises:
        Declined: `brand_name_taken`.
    """
    name = application.brand_name
    for _ in range(ATTEMPTS):
        number = await desk.write(partial(_choose, desk, application=application.id))
        taken = any(one.name.lower() == name and one.id != number for one in list(desk.venue.brands.values()))
        if taken or name == HOUSE_NAME.decode():
            raise Declined("brand_name_taken", f"there is a brand {name!r} already: choose another name")
        try:
            await desk.command(_opening(number, name), 0)
        except Declined as declined:
            if declined.code != "refused_duplicate_id":
                raise
            await desk.write(partial(applications.change, number=application.id, brand=0))  # somebody was faster
        else:
            return number
    raise Declined("brand_name_taken", f"no number was free for the brand {name!r}: try again")


def _choose(desk: Desk, connection: Connection, application: int) -> int:
    """The application's number for its brand; none that another application has chosen."""
    lock_all(connection)
    found = applications.find(connection, application)
    if found.brand:
        return found.brand
    known = [one for one in list(desk.venue.brands) if one != HOUSE_BRAND]
    number = max([*known, applications.highest_brand(connection)], default=0) + 1
    applications.change(connection, application, brand=number, stopped=True)
    return number


def _opening(number: int, name: str) -> Records:
    brand = commands(CommandKind.BRAND)
    brand["brand"], brand["name"] = number, name.encode()
    return as_commands(brand, kill_command(KillScope.BRAND, number, active=True))


def make_owner(connection: Connection, desk: Desk, application: Application, by: int) -> int:
    """The contact as the brand's first user and owner, who is invited by mail to set a password.

    Args:
        by: the user of the host who has opened the brand.

    Returns:
        the user's number; the same one when it is done again.
    """
    told = applications.personal(connection, desk.seal, application.id)
    if "email" not in told:
        raise Declined("erased", f"what was told in application {application.reference} was erased")
    head = letterhead(desk.settings.mail, desk.hosts, application.brand)
    people, language = desk.settings.people, application.language
    owner, _ = staff.invite(connection, desk.seal, people, head, told["email"], Role.OWNER, by, language)
    return owner.id
