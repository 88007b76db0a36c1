"""The one table from our refusals, denials and cancel reasons to OKX codes and HTTP statuses."""

from typing import NamedTuple

from commonbook.identity.model import Denial
from commonbook.records import CancelReason, Refusal


class Code(NamedTuple):
    number: str
    text: str
    status: int = 200


class Refused(Exception):
    """A request that is answered with a code and no data; raised anywhere between the door and the core."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(code.number)
        self.code = code
        self.text = f"{code.text}{detail}"


EMPTY_BODY = Code("50000", "Body for POST request cannot be empty.", 400)
UNAVAILABLE = Code("50001", "Service temporarily unavailable. Please try again later.", 503)
BAD_JSON = Code("50002", "JSON syntax error.", 400)
TOO_FAST = Code("50011", "Requests too frequent.", 429)
TOO_MANY_ORDERS = Code("50061", "You've reached the maximum order rate limit for this account.")
BUSY = Code("50013", "The system is busy. Please try again later.", 429)
MISSING = Code("50014", "Parameter cannot be empty: ", 400)
EITHER = Code("50015", "One of these parameters is required: ", 400)
INTERNAL = Code("50026", "System error. Please try again later.", 500)
NOT_PERMITTED = Code("50120", "This API key doesn't have permission to use this function.")
EXPIRED_BEFORE = Code("50036", "The expTime can't be earlier than the current system time.")
EXPIRED_MEANWHILE = Code("50037", "The request has expired while it was being processed.")
TERMS_FIRST = Code(
    "50027", "Trading is restricted until the terms in force are accepted: POST /account/v1/terms/accept."
)
TRADING_ENDED = Code("50028", "This exchange has ended trading and takes no orders. Cancels are taken.")
NOT_AVAILABLE = Code("50062", "This feature is not available: ")
BAD_HTTP = Code("50400", "The request cannot be read as HTTP/1.1.", 400)
BAD_UPGRADE = Code("50400", "The request to upgrade is not one for a WebSocket of version 13.", 400)
TOO_SLOW = Code("50408", "The request did not arrive in time.", 408)
HEAD_TOO_LARGE = Code("50431", "The request's head is too large.", 431)
BAD_AUTHORIZATION = Code("50114", "Invalid authorization: the header must be Bearer and an access token.", 401)
WRONG_METHOD = Code("50115", "Invalid request method.", 405)
WRONG_ENVIRONMENT = Code(
    "50101",
    "The API key does not match the environment: a live key is of live trading, a simulated one of simulated.",
    401,
)
NO_SIMULATED = Code("50101", "There is no simulated trading here; leave x-simulated-trading out.", 401)
NO_SUCH_PATH = Code("50404", "There is nothing at this path.", 404)
TOO_LARGE = Code("50413", "The request body is too large.", 413)
PARAMETER = Code("51000", "Parameter error: ", 400)
NO_INSTRUMENT = Code("51001", "The instrument ID does not exist.")
ORDER_ID_REQUIRED = Code("51003", "Either client order ID or order ID is required.")
WRONG_MODE = Code("51010", "This is not to be had in the mode of this account: ")
NO_POSITION = Code("51023", "The position does not exist.")
NO_OPPOSITE = Code("51109", "There is no opposite offer to take a worst price from.")
TOO_MANY = Code("51111", "Too many orders in one request; the most is ")
OFF_TICK = Code("51000", "Parameter error: px is not a multiple of the tick size.", 400)
OFF_LOT = Code("51121", "The order size is not a multiple of the lot size.")
ONE_FAST_KEY = Code("50116", "A user has one Fast API key of a broker at the most: delete it first.")
NO_SUCH_ORDER = Code("51603", "The order does not exist.")
NO_PRICE = Code("51204", "The price of a limit order cannot be empty.")
NOTHING_TO_AMEND = Code("51500", "Either a new price or a new size is required.")
NOT_ALLOWED = Code("50030", "This account may not do that: ")
HELD_BY_BROKER = Code("50030", "A broker holds this API key: sub-accounts and keys are managed by the account's owner.")
BROKERS_ONLY = Code("50030", "This account is not that of a broker: the endpoint is for brokers.")
ONE_BROKER_TYPE = Code("50044", "Only one broker type can be asked for at a time: ")
ENOUGH_FUNDS = Code("51033", "So much would be more than an account is given of a currency in a day: ")
TRANSFER_FUNDS = Code("58350", "Insufficient balance.")
SAME_ACCOUNT = Code("58003", "Both accounts are the same.")
AMOUNT = Code("58114", "The amount must be above zero.")
NO_SUCH_RECEIVER = Code("58115", "The sub-account does not exist.")
WITHDRAWALS_CLOSED = Code("58204", "Withdrawals are suspended.")
WITHDRAWALS_ENDED = Code(
    "58204", "Withdrawals ended with the notice that this exchange gave. Ask its support for what is left."
)
MASTER_ONLY = Code("59500", "Only an API key of the master account may do that.")
TOO_MANY_KEYS = Code("59501", "The account has as many API keys as it may have: ")
TOO_MANY_ADDRESSES = Code("59503", "Too many IP addresses for one API key; the most is ")
NO_WITHDRAWALS_BY_SUB = Code("59504", "A key of a sub-account cannot withdraw.")
BAD_PASSPHRASE = Code("59505", "The passphrase needs 8 to 32 characters with a digit, both cases and a special one.")
NO_SUCH_KEY = Code("59506", "The API key does not exist.")
OUT_OF_SCOPE = Code("53013", "The access token is not for this.", 400)
NO_FAST_API = Code("53017", "Fast API is not enabled for this broker.", 400)
SAME_SUBACCOUNT = Code("59507", "A transfer is between two different sub-accounts.")
NOT_EMPTY = Code("59000", "Cancel its orders and move out what is in it before a sub-account is closed.")
NO_SUBACCOUNT = Code("59510", "The sub-account does not exist.")
NAME_TAKEN = Code("59601", "There is a sub-account of this name already.")
TOO_MANY_SUBACCOUNTS = Code("59603", "The account has as many sub-accounts as it may have: ")

DENIALS: dict[Denial, Code] = {
    Denial.NO_KEY: Code("50103", 'Request header "OK-ACCESS-KEY" cannot be empty.', 401),
    Denial.NO_PASSPHRASE: Code("50104", 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.', 401),
    Denial.NO_SIGNATURE: Code("50106", 'Request header "OK-ACCESS-SIGN" cannot be empty.', 401),
    Denial.NO_TIMESTAMP: Code("50107", 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.', 401),
    Denial.UNKNOWN_KEY: Code("50111", "Invalid OK-ACCESS-KEY.", 401),
    Denial.IP_NOT_LISTED: Code("50110", "Your IP is not on the list of this API key.", 401),
    Denial.BAD_TIMESTAMP: Code("50112", "Invalid OK-ACCESS-TIMESTAMP.", 401),
    Denial.STALE: Code("50102", "The request's timestamp has expired.", 401),
    Denial.BAD_SIGNATURE: Code("50113", "Invalid signature.", 401),
    Denial.WRONG_PASSPHRASE: Code("50105", "The passphrase is wrong.", 401),
    Denial.NOT_PERMITTED: NOT_PERMITTED,
    Denial.WITHDRAWALS_LOCKED: NOT_PERMITTED,
    Denial.NO_SESSION: Code("50114", "Invalid authorization: log in again.", 401),
    Denial.BAD_CSRF: Code("50114", "Invalid authorization: the CSRF token is missing or wrong.", 401),
    Denial.NO_TOKEN: Code("53000", "Invalid access token.", 400),
    Denial.TOKEN_CANCELED: Code("53001", "The user has canceled the authorization.", 400),
    Denial.TOKEN_EXPIRED: Code("53002", "The access token has expired: refresh it.", 400),
    Denial.TOKEN_REVOKED: Code("53003", "The access token was revoked, or a newer one has taken its place.", 400),
    Denial.ACCOUNT_FROZEN: Code("53004", "The account is frozen.", 400),
    Denial.BROKER_SUSPENDED: Code("53009", "The authorization has failed: the broker is suspended.", 400),
    Denial.WRONG_TERMINAL: Code("53006", "The TERMID is not the one that the token was granted for.", 401),
    Denial.OUT_OF_SCOPE: OUT_OF_SCOPE,
    Denial.WRONG_ADDRESS: Code("53014", "The address is not on the list of the broker's client.", 400),
    Denial.REPLAYED: Code("50102", "This signed request has been used already, or is older than the server.", 401),
}

REFUSALS: dict[Refusal, Code] = {
    Refusal.MALFORMED: Code("51000", "Parameter error."),
    Refusal.DUPLICATE_ID: Code("51011", "Duplicate ID."),
    Refusal.UNKNOWN_ASSET: Code("51000", "Parameter error: unknown currency."),
    Refusal.UNKNOWN_INSTRUMENT: NO_INSTRUMENT,
    Refusal.UNKNOWN_BRAND: Code("51000", "Parameter error: unknown brand."),
    Refusal.UNKNOWN_ACCOUNT: Code("50012", "The account's status is not valid."),
    Refusal.UNKNOWN_BROKER: Code("51000", "Parameter error: unknown broker."),
    Refusal.BAD_SCALE: Code("51000", "Parameter error: tick and lot do not fit the currencies."),
    Refusal.FEE_BELOW_FLOOR: Code("51000", "Parameter error: the fee is below the floor."),
    Refusal.REBATE_TOO_HIGH: Code("51000", "Parameter error: the rebate is too high."),
    Refusal.HALTED: Code("51022", "Trading of this instrument is suspended."),
    Refusal.CANCEL_ONLY: Code("51022", "Only cancels are taken for this instrument now."),
    Refusal.BAD_PRICE: NO_PRICE,
    Refusal.BAD_SIZE: Code("51000", "Parameter error: sz must be above zero."),
    Refusal.BELOW_MINIMUM: Code("51020", "The order size is below the minimum."),
    Refusal.OVERFLOW: Code("51005", "The order is too large."),
    Refusal.DUPLICATE_CLIENT_ID: Code("51016", "Duplicate client order ID."),
    Refusal.INSUFFICIENT_FUNDS: Code("51008", "Order failed. Insufficient available balance."),
    Refusal.UNKNOWN_ORDER: NO_SUCH_ORDER,
    Refusal.NOTHING_TO_AMEND: NOTHING_TO_AMEND,
    Refusal.AMEND_BELOW_FILLED: Code("51510", "The new size is not above what is filled."),
    Refusal.DUPLICATE_KEY: Code("51011", "Duplicate ID."),
    Refusal.BAD_AMOUNT: AMOUNT,
    Refusal.SELF_TRADE_MODE: Code("51000", "Parameter error: cancel_both does not go with fok."),
    Refusal.SAME_ACCOUNT: SAME_ACCOUNT,
    Refusal.SYSTEM_ACCOUNT: Code("50012", "The account's status is not valid."),
    Refusal.KILLED: Code("50028", "Orders cannot be taken here now."),
    Refusal.PRICE_ABOVE_BAND: Code("51137", "The price of a buy is above the highest that the price limit allows."),
    Refusal.PRICE_BELOW_BAND: Code("51138", "The price of a sell is below the lowest that the price limit allows."),
    Refusal.PRICE_TOO_FAR: Code("51006", "The price is too far from the market."),
    Refusal.SIZE_ABOVE_LIMIT: Code("51005", "The order size is above the limit."),
    Refusal.NOTIONAL_ABOVE_LIMIT: Code("51005", "The order amount is above the limit."),
    Refusal.DUPLICATE_ORDER: Code("51011", "The same order was placed a moment ago."),
    Refusal.NOT_LISTED: NO_INSTRUMENT,  # a brand does not tell what others list
    Refusal.ASSET_CLOSED: Code("51022", "This currency was split and is closed: trade the new one."),
    # Of the host's command alone.
    Refusal.ASSET_IN_USE: Code("51000", "Parameter error: the new currency is in use."),
    Refusal.NOT_HALTED: Code("51000", "Parameter error: an instrument of the currency is not halted."),
    Refusal.ORDERS_REST: Code("51000", "Parameter error: orders rest in an instrument of the currency."),
    Refusal.CLAIMS_OPEN: Code("51000", "Parameter error: claims in the currency are not paid."),
}

# The same refusal is told differently of a cancel and of an amendment.
CANCEL_UNKNOWN = Code("51400", "Cancellation failed as the order does not exist.")
AMEND_UNKNOWN = Code("51503", "Your order has been filled or canceled, or does not exist.")
AMEND_FUNDS = Code("51502", "Insufficient balance to amend the order.")

CANCEL_SOURCES: dict[CancelReason, str] = {
    CancelReason.USER: "1",
    CancelReason.FOK_UNFILLABLE: "13",
    CancelReason.IOC_REMAINDER: "14",
    CancelReason.POST_ONLY_WOULD_CROSS: "31",
    CancelReason.SELF_TRADE: "32",
    CancelReason.CANCEL_ALL_AFTER: "20",
    CancelReason.KILLED: "0",
    CancelReason.QUOTE_SPENT: "",
    CancelReason.DISCONNECTED: "20",
    CancelReason.DELISTED: "0",
}
