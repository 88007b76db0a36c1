"""The one typed tree of settings, built once by the console and handed down as arguments.

Sources, later ones win: the defaults below, a TOML file (`--settings FILE`), environment variables named
`COMMONBOOK__SECTION__FIELD` (for example `COMMONBOOK__GATEWAY__PORT=9000`). An unknown name or a value of the wrong
type is refused with its name. Numbers that the product promises are listed with their tests in docs/promises.md.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonbook.errors import BadInput


class JournalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    segment_bytes: int = 64 * 1024 * 1024
    snapshot_every: int = 500_000  # commands between two snapshots while serving
    snapshots_kept: int = 3
    pack_level: int = 3  # of zstd, for closed segments; 0 leaves them as they are
    retain: Literal["all", "snapshots"] = "all"  # "snapshots": segments before the oldest kept snapshot are given up


class DiskSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Free space of the data folder's disk."""

    alarm_percent: int = 10  # less than this is told in the log
    cancel_only_percent: int = 5  # less than this: cancels, no orders
    resume_percent: int = 6  # orders again from here on
    stop_percent: int = 2  # less than this: the process ends
    look_every_ms: int = 1_000


class CoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    batch_commands: int = 4_096  # at most so many commands become durable together
    inbox_commands: int = 200_000  # beyond this the core answers "busy" at once
    waited_for: int = 64  # commands: the loop itself waits for the sync of so few, a thread would wake later
    tick_ms: int = 1_000  # an idle core moves engine time on this often, so that hours close without orders
    memory_ahead_mib: int = 512  # touched at the start, so that a state that grows into it never waits for a page
    follower_buffer_bytes: int = 256 * 1024 * 1024  # a follower further behind is cut and catches up from the journal


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: int = 8080
    tls_port: int = 0  # HTTPS with the brands' own certificates; 0: none
    processes: int = 1  # gateways on the one port
    body_bytes: int = 1024 * 1024
    head_bytes: int = 64 * 1024  # of a request: its first line and its headers
    request_ms: int = 30_000  # so long a request may take to arrive
    signature_window_ms: int = 30_000  # a request this far from the server's clock is refused
    batch_rows: int = 20  # orders in one batch request
    page_rows: int = 100  # rows in one page of history
    client_id_characters: int = 32
    tag_characters: int = 16
    history_wait_ms: int = 2_000  # a read waits so long for the history to reach what was acknowledged
    market_slippage_e8: int = 5_000_000  # worst price of a base-sized market buy above the best ask: 5 %
    cancel_after_s_min: int = 10
    cancel_after_s_max: int = 120
    waiting_orders: int = 4_000  # more that wait for the core, and new ones are answered "busy"
    late_ms: int = 100  # a gateway this far behind says "busy" to new orders, and goes on with cancels; 0: never
    brand_bytes: int = 16 * 1024  # of order messages of one brand on their way, when several brands send; 0: any
    subaccounts: int = 100  # of one master
    keys: int = 50  # of one sub-account
    key_addresses: int = 20  # that one key works from


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much clients of the OKX v5 door may ask for: OKX's figures, times `scale`."""

    scale: int = 1
    account_orders: int = 1_000  # new and amended orders of one account in two seconds, at scale 1


class StreamSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """OKX v5 over WebSocket."""

    connects_per_second: int = 3  # new connections from one address
    requests_per_hour: int = 480  # logins, subscriptions and ends of subscriptions of one connection
    message_bytes: int = 64 * 1024  # of one message from a client
    idle_ms: int = 30_000  # a connection over which nothing goes for so long is closed
    listeners_per_channel: int = 30  # connections of one account on one private channel
    buffer_bytes: int = 8 * 1024 * 1024  # unread by one client; more closes it
    deep_books_from_level: int = 4  # books each 10 ms are for accounts of this VIP level and above


class RecordSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record door."""

    host: str = "127.0.0.1"
    port: int = 0  # TCP; 0: the Unix socket in the data folder alone
    connections: int = 1_000
    frame_commands: int = 8_192  # in one frame
    window_commands: int = 65_536  # unanswered, of one session
    outstanding_commands: int = 262_144  # unanswered, of all sessions together
    commands_per_second: int = 1_000_000  # of one key: orders and amendments; cancels have as much again of their own
    heartbeat_ms: int = 1_000  # silence of three of these cuts a connection
    opening_ms: int = 5_000  # a connection is cut that has not proved itself in this time
    sessions_per_key: int = 1_000  # that are remembered
    session_kept_s: int = 30 * 86_400  # a session without commands for so long is forgotten
    buffer_bytes: int = 32 * 1024 * 1024  # unread events of one session; more cuts it
    recent_bytes: int = 64 * 1024 * 1024  # kept in memory for those who reconnect; what is older is replayed
    checkpoint_every: int = 1_000_000  # commands between two notes of the sessions

    @property
    def longest_frame(self) -> int:
        """Commands that one frame may have, so that it can be taken at all."""
        return min(self.frame_commands, self.window_commands, self.outstanding_commands, self.commands_per_second)


class SimulatedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Simulated trading: a second venue beside the live one, whose funds are test funds."""

    enabled: bool = True
    look_every_ms: int = 1_000  # how often configuration and books of the live venue are looked at
    book_levels: int = 25  # of each side of a live book that stand in the simulated one; 0: none
    first_funds: dict[str, int] = msgspec.field(default_factory=lambda: {"USDT": 100_000, "BTC": 1, "ETH": 10})
    funds_a_day: int = 1_000_000  # whole coins of one currency that an account may be given in a day of UTC
    database_url: str = ""  # empty: SQLite in the simulated venue's folder


class DemoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A demo's own. On a data folder that no demo has made, an exchange with any of it does not start (DM-1)."""

    funds: dict[str, str] = {}  # whole coins by currency that a user may ask for, once; empty: none


class MarketSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Trades and candles."""

    recent_days: int = 7  # closed days that stay in the tables; older ones are moved into files


class ClearingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host_share_e8: int = 20_000_000  # the host's part of a net fee after the claims: 20 %
    close_grace_s: int = 3_600  # a day is closed once engine time reaches its end plus this
    release_delay_days: int = 1  # where nothing was agreed: released daily, income of so many days stays for later
    bill_asset: str = "USDT"  # what services are priced and billed in
    audit_every_ms: int = 500  # how often ledger and engine are compared while the exchange runs


class BrokerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payout_asset: str = "USDT"
    default_level: int = 3  # a broker's level in the tier table until a review sets another
    settlement_grace_s: int = 3_600  # hour h is paid once engine time reaches its end plus this: T+1h
    excluded_from_level: int = 6  # VIP levels from here up earn no commission
    commission_decimals: int = 8
    minimum_payout_minor: int = 1
    moving_hours: int = 72  # so long after a yes a broker that takes over from another begins to earn
    spoofed_tags_most: int = 50  # orders a day under a code that is not their credential's, before it is an alarm
    sub_brokers: int = 30  # that one broker may have at a time, unless the host gives it more
    shared_points: Literal["together", "each"] = "together"  # how the pools of a broker's sub-brokers fit into its own
    invitation_s: int = 7 * 86_400  # an invitation to become a sub-broker is good for so long
    binding_wait_hours: int = 72  # until a user who is bound to a code is bound to another
    export_days: int = 180  # the longest time of which a broker's lines are written into one file
    sums_days: int = 31  # the longest time of which a broker's lines are summed at once
    alert_limit_percent: int = 80  # of its limit of orders that a client has taken, when its broker is warned
    alert_token_errors: int = 20  # of one kind in an hour at one gateway, when a broker is warned
    alert_lines: int = 50  # of an hour; of fewer the share that earns nothing means nothing
    alert_rise_points: int = 10  # per cent of lines by which that share has risen, when a broker is warned


class PeopleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users: how they sign in, and what protects them."""

    session_s: int = 12 * 3_600  # a web session ends after so long
    session_idle_s: int = 2 * 3_600  # and when it was not used for so long
    fresh_s: int = 900  # a second factor counts for so long for what needs one
    staff_second_factor: bool = True  # whoever has a role changes nothing without one
    code_s: int = 900  # a code that was mailed is good for so long
    code_tries: int = 5  # wrong ones, before it is good no more
    login_s: int = 300  # from the password to the second factor
    invitation_s: int = 7 * 86_400  # an invitation is good for so long
    recovery_delay_s: int = 24 * 3_600  # from asking for a new password to setting it
    recovery_open_s: int = 7 * 86_400  # so long after the delay it can be set
    withdrawals_locked_s: int = 24 * 3_600  # after a reset
    tries_free: int = 5  # failures against one address of mail before each further one makes its next wait
    address_tries_free: int = 50  # and of one address of the network
    mails_free: int = 5  # codes mailed to one address before each further one makes the next wait
    wait_s: int = 2  # the first such wait; each is twice the one before
    wait_most_s: int = 900
    answer_ms: int = 250  # what must not tell who has a user here is answered after this time, not before
    password_memory_kib: int = 65_536  # of one argon2id hash
    password_passes: int = 3
    password_lanes: int = 4
    hashing_at_once: int = 2  # passwords that one gateway hashes at the same time


class OauthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The authorization server for brokers' clients."""

    code_s: int = 60  # from a user's yes to the tokens
    access_s: int = 3_600  # an access token is good for so long
    refresh_s: int = 3 * 86_400  # a refresh token, which is good once, for so long
    requests: int = 100  # of one address in two seconds, at the token endpoints
    fast_keys_a_day: int = 10  # Fast API keys that are made for one user, by all brokers' clients together


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mails to people. In the addresses `{brand}` stands for the brand's name."""

    smtp_url: str = ""  # smtp://, smtp+starttls:// or smtps://USER:PASSWORD@HOST:PORT; empty: mails stay in the outbox
    from_address: str = "no-reply@{brand}.localhost"
    base_url: str = ""  # of the brand's pages, for links; empty: codes alone
    host_name: str = "The host's desk"  # what the host's own people see as the sender
    host_from_address: str = "no-reply@localhost"
    host_base_url: str = ""
    timeout_s: int = 30  # of one delivery
    tries: int = 12  # before a mail is given up
    retry_s: int = 30  # after the first failure; each wait is twice the one before, an hour at most
    look_every_ms: int = 1_000
    kept_days: int = 30  # a mail is forgotten after so long, sent or not


class AdministrationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How brands and the host are run."""

    approval_hours: int = 72  # an act that waits for another user's yes is given up after so long
    checkpoint_minutes: int = 10  # how often the end of each audit log is signed
    checkpoints: str = ""  # the folder they are kept in; empty: `audit` in the data folder. Better on another machine


class HostSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The host itself, as it never shows at a brand's address."""

    name: str = ""
    domains: tuple[str, ...] = ()  # its own: no brand's, nor any below them


class BrandSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Brands as data: what a document may say, and how a domain is proved."""

    local_suffix: str = "localhost"  # for development: NAME.localhost is the brand NAME without proof; empty: nowhere
    fonts: dict[str, str] = msgspec.field(  # what brands may choose from, and what it is in a style sheet
        default_factory=lambda: {
            "system": "system-ui, sans-serif",
            "serif": "Georgia, 'Times New Roman', serif",
            "mono": "ui-monospace, Menlo, Consolas, monospace",
        }
    )
    logo_bytes: int = 256 * 1024
    domains: int = 20  # of one brand
    public_suffixes: tuple[str, ...] = ()  # under which strangers register, beside those that are known by their form
    proof_name: str = "commonbook"  # the record _NAME.DOMAIN, the path /.well-known/NAME-proof/TOKEN
    resolver: str = ""  # ADDRESS or ADDRESS:PORT of a DNS server; empty: the system's
    proof_port: int = 80
    proof_networks: tuple[str, ...] = ()  # not public, and reached all the same: of a test installation
    proof_ms: int = 5_000  # one look at a domain takes no longer
    proof_bytes: int = 1_024  # of a proof file
    claim_minutes: int = 10  # how often a domain is looked at that is not proved yet
    reprove_hours: int = 24  # how often one that is
    lapse_hours: int = 72  # a domain whose proof is missing for so long stops serving


class AcmeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Certificates from an authority that speaks ACME (RFC 8555). Off until one is named and its terms are agreed."""

    directory: str = ""  # its address
    contact: str = ""  # a mail address
    terms_agreed: bool = False
    renew_days: int = 30  # before the end
    retry_hours: int = 6  # after a failure
    wait_s: int = 90  # for one certificate


class AutonomySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What brands decide by themselves."""

    maker_failed_days: int = 3  # in a row: then a market maker's rates are taken away
    level_days_kept: int = 400  # for so many days it can be looked up what was measured for the VIP levels


class PartnershipSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Applications to the partnership, and what is kept of them."""

    host_name: str = "commonbook"  # whose program it is, as its page says
    intake_address: str = ""  # where applications may be mailed to; empty: the page names none
    public_url: str = "http://127.0.0.1:8080"  # where links in mail lead
    draft_days: int = 30  # a draft that is not submitted expires after so long
    deposit_days: int = 30  # so is who is admitted and locks no stake
    applications_per_origin: int = 5  # in an hour: of an address, a user or a sender of mail
    applications_per_hour: int = 200  # of all together
    text_characters: int = 8_000  # of the team and of the plan
    message_bytes: int = 10 * 1024 * 1024  # of a mail that is read from a folder
    attachments: int = 5  # of one application
    attachment_bytes: int = 2 * 1024 * 1024  # of each
    reservation_s: int = 60  # a slot whose stake has not come in this time may be another's
    notice_days: int = 14  # a partner whose contract has ended is suspended after so long
    look_every_s: int = 10  # for what is due


class BrokerageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Becoming a broker, and what a broker must go on having."""

    reserved_codes: tuple[str, ...] = ("admin", "commonbook", "host", "none", "okx", "support", "system")  # any case
    wished_codes: int = 5  # of one application
    redirect_urls: int = 10
    addresses: int = 50  # of servers
    least_requests_per_s: int = 100  # that an applicant's systems keep up
    text_characters: int = 8_000  # of each answer
    papers: int = 10  # of one application
    paper_bytes: int = 640 * 1024  # of each
    comments_per_hour: int = 20  # of one applicant
    applications_per_day: int = 5  # of one user
    draft_days: int = 90  # a draft that is not submitted expires after so long
    attestation_days: int = 365  # so long an attestation counts
    certificate_days: int = 365  # so does a certificate of the conformance kit
    warning_days: int = 30  # so long before an attestation or a contract ends its broker is warned
    least_warning_days: int = 7  # and nobody lapses that was not warned so long before
    look_every_s: int = 10  # for what is due


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How brands' own programs are told of what happens."""

    endpoints: int = 10  # of one brand
    answer_ms: int = 10_000  # an endpoint that has not answered by then has failed
    first_retry_s: int = 5  # each further wait is twice as long
    longest_retry_s: int = 6 * 3_600
    given_up_s: int = 3 * 86_400  # an endpoint that has failed for so long is paused, and its brand told
    overlap_s: int = 86_400  # so long the secret before the newest signs beside it
    kept_days: int = 30  # events and their deliveries, done or not
    look_every_ms: int = 500
    loopback_allowed: bool = False  # for tests and development: http, and this machine


class ArrivalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users whom a brand's team brings along."""

    rows: int = 100_000  # of one file
    mails_a_minute: int = 60
    invitation_s: int = 30 * 86_400  # the link in the mail is good for so long
    countries_not_served: tuple[str, ...] = ()  # two capital letters each


class LiquiditySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports of what the shared book is worth to each brand."""

    days_back: int = 2  # closed days that are reported of by themselves; 0: none
    look_every_s: int = 600


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    journal: JournalSettings = JournalSettings()
    disk: DiskSettings = DiskSettings()
    core: CoreSettings = CoreSettings()
    gateway: GatewaySettings = GatewaySettings()
    limits: LimitSettings = LimitSettings()
    streams: StreamSettings = StreamSettings()
    records: RecordSettings = RecordSettings()
    simulated: SimulatedSettings = SimulatedSettings()
    demo: DemoSettings = DemoSettings()
    market: MarketSettings = MarketSettings()
    clearing: ClearingSettings = ClearingSettings()
    broker: BrokerSettings = BrokerSettings()
    people: PeopleSettings = PeopleSettings()
    oauth: OauthSettings = OauthSettings()
    mail: MailSettings = MailSettings()
    administration: AdministrationSettings = AdministrationSettings()
    host: HostSettings = HostSettings()
    brand: BrandSettings = BrandSettings()
    acme: AcmeSettings = AcmeSettings()
    autonomy: AutonomySettings = AutonomySettings()
    partnership: PartnershipSettings = PartnershipSettings()
    brokerage: BrokerageSettings = BrokerageSettings()
    webhooks: WebhookSettings = WebhookSettings()
    liquidity: LiquiditySettings = LiquiditySettings()
    arrivals: ArrivalSettings = ArrivalSettings()
    database_url: str = ""  # empty: SQLite in the data folder


ENVIRONMENT_PREFIX = "COMMONBOOK__"


def load_settings(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings from defaults, file and environment.

    Raises:
        BadInput: an unknown name or a value of the wrong type; names it.
    """
    tree: dict[str, Any] = {}
    if file is not None:
        try:
            tree = msgspec.toml.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            raise BadInput(f"settings file {file}: {error}") from None
    for name, value in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX):
            _overlay(tree, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value)
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"settings: {error}") from None


def database_url(settings: Settings, data_dir: Path) -> str:
    """Where the back office keeps its tables."""
    return settings.database_url or f"sqlite:///{data_dir / 'backoffice.db'}"


SIMULATED = "simulated"  # the simulated venue's folder, inside the live one's


def simulated_venue(settings: Settings) -> Settings:
    """The settings of the simulated venue: those of the live one, with a database of its own and no memory ahead."""
    core = msgspec.structs.replace(settings.core, memory_ahead_mib=0)
    return msgspec.structs.replace(settings, database_url=settings.simulated.database_url, core=core)


def _overlay(tree: dict[str, Any], path: list[str], value: str) -> None:
    for section in path[:-1]:
        tree = tree.setdefault(section, {})
    tree[path[-1]] = value


def cache_folder(environment: Mapping[str, str], home: Path) -> Path:
    """Where downloads that may be thrown away are kept: the recorded market, peers of the benches."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else home / ".cache") / "commonbook"
