"""What the pages say where a brand has no text of its own. A brand overrides each by its key."""

from collections.abc import Mapping

from commonbook.brand.model import Document
from commonbook.gateway.front.texts import said_in
from commonbook.oauth.model import Scope

SCOPES = {Scope.READ: "oauth.read_only", Scope.TRADE: "oauth.trade", Scope.FAST: "oauth.fast_api"}
TEXTS: Mapping[str, str] = {
    "oauth.title": "{application} asks to act for you",
    "oauth.asks": "If you agree, {application} can do this with your account at {brand}:",
    "oauth.read_only": "See your balances, orders, fills and bills.",
    "oauth.trade": "Place, change and cancel orders, and move funds between your own trading and funding account.",
    "oauth.fast_api": "Make one API key of your account, keep it, and see and trade with it until you take it back.",
    "oauth.simulated": "This is about simulated trading alone: test funds, and none of your own.",
    "oauth.never": "It can never withdraw, and never touch your sub-accounts.",
    "oauth.earns": "Its broker {broker} earns up to {cap} of the trading fee of each order it places for you."
    " You pay no more for that: the fee is the same without it.",
    "oauth.lasts": "This ends {days} days after it was last used, or when you take it back: at your account, under"
    " applications, at any time and at once.",
    "oauth.back": "Either answer takes you to {place}.",
    "oauth.code": "Code of your authenticator app",
    "oauth.password": "Your password",
    "oauth.passkey": "Show your passkey in your account's security settings first, then come back to this page.",
    "oauth.wrong": "That was not right, or there were too many tries. Wait a moment and try again.",
    "oauth.approve": "Agree",
    "oauth.refuse": "Refuse",
    "oauth.sign_in_title": "Sign in first",
    "oauth.sign_in": "{application} has sent you here to ask whether it may act for you. Sign in at {brand} first: the"
    " application sees nothing of that.",
    "oauth.email": "Your address of mail",
    "oauth.enter": "Sign in",
    "oauth.passkey_first": "You sign in with a passkey: do so on the exchange's own pages, then come back to this one.",
    "oauth.no_account": "You are signed in as staff, who have no trading account: there is nothing to agree to.",
    "oauth.self_referral": "The broker of this application is you: a broker earns nothing on its own person.",
    "oauth.broker_refused": "You refuse the broker of this application. Lift the refusal at your account first.",
    "oauth.refused_title": "This cannot be asked of you",
    "oauth.refused": "The application that sent you here has made a mistake, and nothing was granted. Tell its makers:",
}


def texts_of(document: Document, language: str) -> dict[str, str]:
    return said_in(TEXTS, document, language)
