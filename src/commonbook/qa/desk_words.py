"""A brand with something in every text of every desk, under words that occur nowhere else, and the ids of it all.

What a desk takes in and is not written here is looked for nowhere: a new field of a desk gets its line here.
"""

import base64
import json
import time
from collections.abc import Callable
from typing import Any, Protocol

import httpx
from sqlalchemy import Connection, insert

from commonbook.clearing import billing
from commonbook.clearing.release import hold
from commonbook.errors import OutsideFailure
from commonbook.identity.provider import Provider
from commonbook.identity.sealing import Seal
from commonbook.people import providers
from commonbook.simulator.demo_market import USDT
from commonbook.storage.tables.partnership import phase_versions, phases

Word = Callable[[str], str]  # of what a text is for: the text, of small letters and digits
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L1 1Z"/></svg>'
COIN, DAY_NS = 10**8, 86_400 * 10**9
NEXT_YEAR_NS = str(time.time_ns() + 365 * DAY_NS)


class Asks(Protocol):
    """Somebody who is signed in at a brand's address."""

    user: int

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response: ...


def open_phase(connection: Connection) -> None:
    """Of the program, in which a customer applies."""
    row = {"phase": 1, "version": 1, "name": "first", "opens_ns": 0, "closes_ns": 2**62, "quota": 5, "asset": "USDT"}
    row |= {"stake": 1_000 * COIN, "token_required": False, "holders_share_e8": 0, "host_holders_share_e8": 0}
    connection.execute(insert(phases).values(phase=1, version=1, asked=0))
    connection.execute(insert(phase_versions).values(**row, created_ns=1, approval=0))


def write_everywhere(owner: Asks, trader: Asks, account: int, email: str, word: Word, now_ns: int) -> dict[str, str]:
    """What a brand's people can write themselves.

    Args:
        trader: another owner of the brand, whose trading account is `account` and address `email`.
        now_ns: of the engine.

    Returns:
        ids, by the names that parameters and fields have; NAME of [DESK] where one name stands for several.
    """
    ids = {"account": str(account), "email": email, "user": str(trader.user)}
    ids |= _brand(owner, word) | _fees(owner, account, word, now_ns) | _webhooks(owner, word)
    ids |= _staff(owner, trader, account, word) | _customer(trader, word)
    return ids


def host_writes(connection: Connection, seal: Seal, brand: int, owner: int, month: int, word: Word) -> None:
    """What the host, or a desk that asks somewhere else first, has about it."""
    claims = {word("value"): "support"}
    provider = Provider(
        brand, f"https://{word('issuer')}.example", word("client"), word("secret"), word("claim"), claims
    )
    providers.set_up(connection, seal, provider, owner)
    hold(connection, 77, brand, USDT, 20_416, 1, word("reason"), json.dumps([word("fill")]))
    billing.set_price(connection, brand, word("service"), month, 3 * COIN)
    billing.set_use(connection, brand, month, word("service"), 1)


def done(asks: Asks, method: str, path: str, body: Any = None) -> Any:
    """The answer, which must be a success."""
    answer = asks.ask(method, path, body, {})
    if not answer.is_success:
        raise OutsideFailure(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()


def _brand(owner: Asks, word: Word) -> dict[str, str]:
    """Its document, announcements, terms and listings."""
    ids = {"logo": done(owner, "POST", "/partner/v1/brand/logo", {"content": base64.b64encode(LOGO).decode()})["hash"]}
    ids["domain"] = f"{word('domain')}.com"
    for version in range(3):
        now = done(owner, "GET", "/partner/v1/brand")
        document = now["document"] | {
            "title": f"{word('title').capitalize()} {version}",
            "logo": ids["logo"],
            "texts": {"front.tagline": {"en": word("tagline")}},
            "support": f"{word('support')}@example.com",
            "domains": [ids["domain"]],
        }
        change = {"based_on": now["version"], "document": document, "note": word("note")}
        ids["version of ['brand']"] = str(done(owner, "PUT", "/partner/v1/brand", change)["version"])

    texts = {"en": {"title": word("headline"), "body": word("body")}}
    ids["slug"] = word("slug")
    made = done(owner, "POST", "/partner/v1/announcements", {"texts": texts, "slug": ids["slug"]})
    ids["announcement"] = made["id"]
    done(owner, "POST", f"/partner/v1/announcements/{made['id']}/publish", {})
    text = {"kind": "risk", "role": "trader", "texts": {"en": word("terms")}, "is_material": True}
    made = done(owner, "POST", "/partner/v1/terms", text | {"effective_ns": NEXT_YEAR_NS})
    ids |= {"version of ['terms']": made["version"], "text_hash": made["hashes"]["en"], "hashes": made["hashes"]["en"]}
    token = {"name": word("token").upper()[:16], "scale": 8}
    done(owner, "POST", "/partner/v1/listings/proposals", {"token": token})
    return ids


def _fees(owner: Asks, account: int, word: Word, now_ns: int) -> dict[str, str]:
    """A promotion, names of levels, a market maker."""
    rates = [{"level": 0, "maker": "0.0005", "taker": "0.002"}]
    times = {"begin_ns": str(now_ns + 10**17), "end_ns": str(now_ns + 10**18)}
    promotion = {"name": word("promotion"), "levels": rates} | times
    ids = {"plan": done(owner, "POST", "/partner/v1/fees/promotions", promotion)["id"]}
    done(owner, "PUT", "/partner/v1/levels/names", {"names": {"0": word("level")}})
    maker = {"account": str(account), "maker": "0", "taker": "0.0001", "spread_bps": 10, "presence": "0.9"}
    ids["maker"] = done(owner, "POST", "/partner/v1/fees/makers", maker | {"instruments": ["BTC-USDT"]})["id"]
    return ids


def _webhooks(owner: Asks, word: Word) -> dict[str, str]:
    hook = {"url": f"https://{word('hook')}.example/", "events": ["trade", "order", "sign_up"]}
    endpoint = done(owner, "POST", "/partner/v1/webhooks", hook)["endpoint"]["id"]
    return {"endpoint": endpoint, "delivery": done(owner, "POST", f"/partner/v1/webhooks/{endpoint}/test")["id"]}


def _staff(owner: Asks, trader: Asks, account: int, word: Word) -> dict[str, str]:
    """Somebody invited, an import, an export that was approved, and a transfer that waits."""
    invited = {"email": f"{word('staff')}@example.com", "role": "support"}
    ids = {"user": max((one["user"] for one in done(owner, "POST", "/partner/v1/staff/invite", invited)), key=int)}
    file = json.dumps({"external_id": word("external"), "email": f"{word('imported')}@example.com"})
    ids["number of ['imports']"] = done(owner, "POST", "/partner/v1/imports", {"content": file})["id"]
    asked = done(owner, "POST", "/partner/v1/exports")
    ids |= {"export": str(asked["id"]), "name": "manifest.json"}
    yes = {"payload_hash": asked["payload_hash"]}
    done(trader, "POST", f"/partner/v1/approvals/{asked['id']}/approve", yes)
    transfer = {"account": str(account), "asset": "USDT", "amount": "1"}
    asked = done(owner, "POST", "/partner/v1/clearing/treasury-transfers", transfer)
    return ids | {"approval": str(asked["id"]), "payload_hash": asked["payload_hash"]}


def _customer(trader: Asks, word: Word) -> dict[str, str]:
    """What somebody has of their own: a name, a key, a session, applications."""
    done(trader, "PATCH", "/account/v1/profile", {"display_name": word("name")})
    key = {"label": word("label"), "passphrase": "Canary-42-key", "permissions": ["read_only"]}
    ids = {"api_key": done(trader, "POST", "/account/v1/keys", key)["api_key"]}
    ids["session"] = done(trader, "GET", "/account/v1/sessions")[0]["id"]
    plan = {"contact": word("contact"), "email": f"{word('applicant')}@example.com", "plan": word("plan")}
    draft = plan | {"team": word("team"), "phone": "+491701234567", "brand_name": word("brand")}
    ids["reference"] = done(trader, "POST", "/program/v1/applications", draft)["reference"]
    ids["application"] = _broker(trader, word)
    return ids


def _broker(trader: Asks, word: Word) -> str:
    """An application to be a broker; its reference."""
    told = {"company": word("company"), "description": word("broking"), "key_storage": word("vault")}
    draft: dict[str, Any] = {
        "title": word("brokerage"),
        "models": "oauth",
        "business": "fintech",
        "codes": [word("code")[:16]],
    }
    draft |= {"redirect_urls": [f"https://{word('back')}.example/"], "told": told}
    reference: str = done(trader, "POST", "/broker/v1/applications", draft)["reference"]
    path = f"/broker/v1/applications/{reference}"
    paper = {"name": word("paper"), "kind": "application/pdf", "content": base64.b64encode(b"%PDF-1.7").decode()}
    done(trader, "POST", f"{path}/papers", paper)
    done(trader, "POST", f"{path}/logo", {"content": base64.b64encode(LOGO).decode()})
    done(trader, "POST", f"{path}/comments", {"text": word("question")})
    return reference
