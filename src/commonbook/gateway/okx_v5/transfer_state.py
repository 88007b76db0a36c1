"""A transfer of the account's own, looked up by its number or by its client's name for it. Rule A-4."""

from sqlalchemy import Connection

from commonbook.counter.queries import Row
from commonbook.counter.transfers import transfer_numbered, transfer_with_key
from commonbook.gateway.okx_v5.codec import Body, alphanumeric, whole
from commonbook.gateway.okx_v5.codes import EITHER, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    FAR_ID,
    Setting,
    ignored,
    name_of,
    number,
    states,
)
from commonbook.gateway.okx_v5.transfer import (
    FROM_SUB,
    INSIDE,
    SUB_TO_MASTER,
    SUB_TO_SUB,
    TO_SUB,
    half_of,
    key_of,
)
from commonbook.identity import subaccounts
from commonbook.identity.subaccounts import SubAccount
from commonbook.instrument.accounts import funding_account, is_stake, master_of, number_of, trading_account


@states(
    "One transfer of the account's own, or nothing.",
    number("transId", 1, FAR_ID, "its number", example="1"),
    name_of("clientId", Setting.CLIENT_ID, "the client's name of it"),
    ignored("type"),
    one_of=(("transId", "clientId"),),
    answers="TransferState",
)
async def transfer_state(door: Door, call: Call) -> list[Body]:
    """One transfer of the account's own, by number or by name; nothing when there is none."""
    number = whole(call.query, "transId", 1, 2**63 - 1)
    client_id = alphanumeric(call.query, "clientId", door.settings.client_id_characters)
    if number is None and not client_id:
        raise Refused(EITHER, "transId or clientId")
    key = key_of(call.account, client_id)

    def query(connection: Connection) -> tuple[Row, SubAccount | None] | None:
        row = transfer_with_key(connection, key) if number is None else transfer_numbered(connection, number)
        if row is None or not _may_see(row, call.account):
            return None
        return row, subaccounts.with_account(connection, _sub_of(row, call.account))

    found = await door.read(query, call.account, funding_account(call.account))
    return [] if found is None else [_state(door, call.account, *found)]


def _may_see(row: Row, viewer: int) -> bool:
    """A transfer within the viewer's own accounts, or of a master with its sub-accounts, or between these.

    What the host moved to a stake or from it is none of them: it is told as a change of balance.
    """
    ends = (row["account"], row["to_account"])
    if any(master_of(end) != master_of(viewer) or is_stake(end) for end in ends):
        return False
    return not number_of(viewer) or any(trading_account(end) == viewer for end in ends)


def _sub_of(row: Row, viewer: int) -> int:
    """The sub-account that a transfer was with: the other one, of two."""
    payer, payee = trading_account(row["account"]), trading_account(row["to_account"])
    if payer == payee:
        return 0
    other = payer if payee == viewer or not number_of(payee) else payee
    return other if number_of(other) else viewer


def _kind(row: Row, viewer: int) -> str:
    payer, payee = trading_account(row["account"]), trading_account(row["to_account"])
    if payer == payee:
        return INSIDE
    if number_of(payer) and number_of(payee):
        return SUB_TO_SUB
    if number_of(payee):
        return TO_SUB
    return SUB_TO_MASTER if number_of(viewer) else FROM_SUB


def _state(door: Door, viewer: int, row: Row, sub: SubAccount | None) -> Body:
    asset = door.venue.assets[row["asset"]]
    return {
        "transId": str(row["sequence"]),
        "clientId": row["client_id"] or "",
        "ccy": asset.name,
        "amt": asset.format(row["amount"]),
        "type": _kind(row, viewer),
        "from": half_of(row["account"]),
        "to": half_of(row["to_account"]),
        "subAcct": sub.name if sub else "",
        "instId": "",
        "toInstId": "",
        "state": "success",
    }
