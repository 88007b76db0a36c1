"""A partner's brand as data: its document says the same as its application. Rules PA-21 and PA-23."""

from msgspec.structs import replace
from sqlalchemy import Connection

from commonbook.administration.log import HOST_ACTOR
from commonbook.brand import service, store
from commonbook.brand.model import Document
from commonbook.brand.model import State as BrandState
from commonbook.brand.states import GOING
from commonbook.errors import Declined
from commonbook.partnership import applications
from commonbook.partnership.model import Application, State

STATES = {  # where a move changes what the document says
    State.LIVE: BrandState.LIVE,
    State.SUSPENDED: BrandState.SUSPENDED,
    State.OFFBOARDING: BrandState.OFFBOARDING,
    State.CLOSED: BrandState.CLOSED,
}


def begin(connection: Connection, application: Application) -> None:
    """The first version of the document, in the state sandbox: nobody can sign up. Done again, nothing."""
    if store.newest_number(connection, application.brand) == 0:
        name = application.brand_name
        service.keep_first(connection, application.brand, Document(name=name, title=name), "opened by the partnership")


def follow(connection: Connection, application: Application) -> None:
    """The document of the application's brand says what the application's state means.

    Raises:
        Declined: `wrong_state`: the brand was taken to a state of its own from which no way leads there.
    """
    to = STATES.get(application.state)
    before = store.current(connection, application.brand) if application.brand and to is not None else None
    if before is None or to is None or before.document.state is to:
        return
    service.must_lead_to(before.document.state, to)
    notice_ends_ns = application.notice_ends_ns if to in GOING else 0
    document = replace(before.document, state=to, notice_ends_ns=notice_ends_ns)
    note = f"partnership {application.state}"
    store.add_version(connection, application.brand, before.version, document, HOST_ACTOR, note)


def must_not_be_partners(connection: Connection, brand: int) -> None:
    """A partner's brand is taken from state to state by its application alone.

    Raises:
        Declined: `partnership_decides`.
    """
    try:
        found = applications.of_brand(connection, brand)
    except Declined:
        return
    way = f"POST /host/v1/partnership/applications/{found.reference}/move"
    raise Declined("partnership_decides", f"brand {brand} is a partner's, which is {found.state}: move it by {way}")
