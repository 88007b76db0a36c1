"""The one table of refusals over WebSocket, and why a connection is closed."""

from commonbook.gateway.okx_v5.ws.frames import StreamCode
from commonbook.identity.model import Denial

BAD_TIMESTAMP = StreamCode("60004", "Invalid timestamp")
LOGIN_FAILED = StreamCode("60009", "Login failed.")
LOGIN_FIRST = StreamCode("60011", "Please log in")
BAD_REQUEST = StreamCode("60012", "Invalid request: ")
BAD_ARGS = StreamCode("60013", "Invalid args: ")
TOO_MANY_REQUESTS = StreamCode("60014", "Requests too frequent")
NO_SUCH_CHANNEL = StreamCode("60018", "Wrong URL or ")
BAD_OP = StreamCode("60019", "Invalid op: ")
LOGGED_IN_ALREADY = StreamCode("60031", "The connection is logged in already; open another for another account")
WRONG_OP_HERE = StreamCode("60028", "This operation is not supported at this URL: ")
MOVED_TO_BUSINESS = StreamCode("64001", "This channel is at the URL /ws/v5/business: ")
NOT_ON_BUSINESS = StreamCode("64002", "This channel is not supported by the URL /ws/v5/business: ")
BROKERS_ONLY = StreamCode("60029", "This channel is for brokers, by a key that may manage or a web session of theirs: ")
LEVEL_TOO_LOW = StreamCode("64003", "Your trading fee tier does not reach the requirement of this channel: ")
BOOKS_TOGETHER = StreamCode("64004", "Only one of these channels can be subscribed to on a connection: ")
TOO_MANY_CONNECTIONS = StreamCode("64005", "Too many connections are subscribed to this channel: ")

WRONG_ENVIRONMENT = StreamCode("50101", "The API key does not match the environment")

DENIALS: dict[Denial, StreamCode] = {
    Denial.NO_KEY: StreamCode("60027", "Parameter apiKey can not be empty."),
    Denial.NO_PASSPHRASE: StreamCode("60027", "Parameter passphrase can not be empty."),
    Denial.NO_SIGNATURE: StreamCode("60027", "Parameter sign can not be empty."),
    Denial.NO_TIMESTAMP: StreamCode("60027", "Parameter timestamp can not be empty."),
    Denial.UNKNOWN_KEY: StreamCode("60005", "Invalid apiKey"),
    Denial.IP_NOT_LISTED: StreamCode("60009", "Login failed: your IP is not on the list of this API key."),
    Denial.BAD_TIMESTAMP: BAD_TIMESTAMP,
    Denial.STALE: StreamCode("60006", "Timestamp request expired"),
    Denial.BAD_SIGNATURE: StreamCode("60007", "Invalid sign"),
    Denial.WRONG_PASSPHRASE: StreamCode("60024", "Wrong passphrase"),
    Denial.NOT_PERMITTED: StreamCode("60009", "Login failed: the key has no permission."),
    Denial.WITHDRAWALS_LOCKED: StreamCode("60009", "Login failed: the key has no permission."),
    Denial.NO_SESSION: StreamCode("60009", "Login failed: the ticket is unknown, used or over."),
    Denial.BAD_CSRF: StreamCode("60009", "Login failed."),
    Denial.NO_TOKEN: StreamCode("53000", "Invalid access token"),
    Denial.TOKEN_CANCELED: StreamCode("53001", "The user has canceled the authorization"),
    Denial.TOKEN_EXPIRED: StreamCode("53002", "The access token has expired"),
    Denial.TOKEN_REVOKED: StreamCode("53003", "The access token was revoked"),
    Denial.ACCOUNT_FROZEN: StreamCode("53004", "The account is frozen"),
    Denial.BROKER_SUSPENDED: StreamCode("53009", "The broker of the access token is suspended"),
    Denial.WRONG_TERMINAL: StreamCode("53006", "The termId is not the one that the token was granted for"),
    Denial.OUT_OF_SCOPE: StreamCode("53013", "The access token is not for this"),
    Denial.WRONG_ADDRESS: StreamCode("53014", "The address is not on the list of the broker's client"),
    Denial.REPLAYED: StreamCode("60006", "Timestamp request expired"),
}

# Close codes: who is cut is told why.
TOO_LARGE, LOGIN_REFUSED, IDLE, SLOW, KEY_CHANGED, STOPPING, BROKEN = 1009, 4001, 4004, 4005, 4007, 1001, 1011
NOT_NOW = 1013
PACKED = (1002, "A frame is packed, though that was not agreed upon")
OUT_OF_ORDER = (1002, "A message begins before the last is whole, or goes on that has not begun")
TOO_OFTEN = (4006, "Too many new connections in a second from this address")
