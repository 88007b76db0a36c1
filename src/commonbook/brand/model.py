"""A brand's document: its look and its settings, as JSON and as TOML. Plain data."""

from msgspec import Struct

from commonbook.brand.states import State as State
from commonbook.brand.states import may_sign_up, may_withdraw


class Colours(Struct, frozen=True, forbid_unknown_fields=True):
    """Each #rrggbb. Texts must be readable on what is behind them (BR-3)."""

    background: str = "#ffffff"
    surface: str = "#f3f5f8"  # of boxes and tables
    text: str = "#14171c"
    muted: str = "#555b66"  # of lesser texts
    accent: str = "#1b4dd8"  # of links and buttons
    on_accent: str = "#ffffff"  # of texts on it
    rise: str = "#0a6d3b"
    fall: str = "#b3261e"


class Fonts(Struct, frozen=True, forbid_unknown_fields=True):
    """Names out of the host's list."""

    heading: str = "system"
    body: str = "system"
    figures: str = "mono"


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """0: none."""

    users: int = 0  # more cannot sign up


class Switches(Struct, frozen=True, forbid_unknown_fields=True):
    sign_up: bool = True
    deposits: bool = True
    withdrawals: bool = True


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """All that a brand is, apart from its users, its fees and its money."""

    name: str  # for machines: in addresses, and the brand's name in the journal; never changes
    title: str  # for people
    domains: tuple[str, ...] = ()  # each serves once it is proved (BR-8)
    logo: str = ""  # the hash of an uploaded file
    colours: Colours = Colours()
    fonts: Fonts = Fonts()
    languages: tuple[str, ...] = ("en",)  # the first is for who asks for none of them
    texts: dict[str, dict[str, str]] = {}  # key to language to text, in place of what is shown without it
    support: str = ""  # a mail address
    sender: str = ""  # of mails to its users; below one of its domains
    countries: tuple[str, ...] = ()  # served, ISO 3166-1 of two letters; none: all
    limits: Limits = Limits()
    switches: Switches = Switches()
    state: State = State.SANDBOX
    notice_ends_ns: int = 0  # of a brand that goes: until then its users trade and withdraw; 0: none was given
    names_host: bool = False  # the law wants the host named on its pages

    @property
    def takes_sign_ups(self) -> bool:
        return may_sign_up(self.state) and self.switches.sign_up

    @property
    def takes_deposits(self) -> bool:
        return self.state is State.LIVE and self.switches.deposits

    def takes_withdrawals(self, now_ns: int) -> bool:
        """What is a user's can be taken out while the brand is being closed, too."""
        return may_withdraw(self.state, now_ns, self.notice_ends_ns) and self.switches.withdrawals


HOST_DECIDES = ("name", "limits", "state", "notice_ends_ns", "names_host")  # what a brand's own team cannot change


class Version(Struct, frozen=True):
    """One state of a brand's document. Number 0 stands for a brand that was never given one."""

    brand: int
    version: int
    document: Document
    hash: str
    time_ns: int
    author: str
    note: str


class Fault(Struct, frozen=True):
    """What is wrong with one value of a document."""

    field: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.field} {self.value}: {self.why}"


def default(name: str) -> Document:
    """Of a brand that the journal knows and nobody has described: nothing is switched off."""
    return Document(name=name, title=name, state=State.LIVE)
