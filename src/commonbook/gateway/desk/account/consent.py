"""A user's word on the transfer of their data to where their brand goes. Rule LV-2 of docs/rules/leaving.md."""

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.leaving import consent
from commonbook.leaving.consent import Consent


class TransferConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yes, or one taken back, to the text that was shown."""

    given: bool
    text: str


class TransferConsentTold(msgspec.Struct, frozen=True):
    given: bool
    text_sha256: str  # "" before the first word
    time_ns: str


def _told(one: Consent | None) -> TransferConsentTold:
    return (
        TransferConsentTold(False, "", "")
        if one is None
        else (TransferConsentTold(one.given, one.text_hash, str(one.time_ns)))
    )


@get("/transfer-consent", needs=Needs.USER)
async def transfer_consent(asked: Asking) -> TransferConsentTold:
    """What was said last; nothing said is a no."""
    return _told(await asked.desk.read(lambda connection: consent.of(connection, asked.user)))


@post("/transfer-consent", needs=Needs.USER, status_code=200)
async def say_transfer_consent(asked: Asking, data: JSONBody[TransferConsent]) -> TransferConsentTold:
    """Agree that one's data goes along when the brand leaves the host, or take that back."""

    def work(connection: Connection) -> Consent:
        asked.log(connection, "transfer consent", f"user:{asked.user}", given=data.given)
        return consent.record(connection, asked.user, asked.brand, data.given, data.text)

    return _told(await asked.desk.write(work))


ROUTES = [transfer_consent, say_transfer_consent]
