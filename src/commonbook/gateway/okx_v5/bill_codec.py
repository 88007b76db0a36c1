"""Changes of balances as OKX spells them: of the trading account, of the funding account, between master and sub."""

from commonbook.counter.history import SPLIT_IN, SPLIT_OUT, TRANSFERS
from commonbook.gateway.okx_v5.codec import Body, milliseconds
from commonbook.instrument.venue import Venue

_BILL_TYPES = {
    "deposit": ("1", "11"),
    "withdrawal": ("1", "12"),
    "buy": ("2", "1"),
    "sell": ("2", "2"),
    SPLIT_IN: ("11", "118"),  # a conversion of tokens by the system
    SPLIT_OUT: ("11", "119"),
}
_BILL_TYPES |= {kind: ("1", "11" if kind.startswith("from_") or kind.endswith("_in") else "12") for kind in TRANSFERS}
FUNDING, TRADING = "6", "18"  # an account's two halves, as `from` and `to` name them
_BILL_ENDS = {"from_funding": (FUNDING, TRADING), "to_funding": (TRADING, FUNDING)}


def bill_object(row: Body, venue: Venue) -> Body:
    asset = venue.assets[row["asset"]]
    instrument = venue.instruments.get(row["instrument"])
    kind, sub_kind = _BILL_TYPES[row["kind"]]
    payer, payee = _BILL_ENDS.get(row["kind"], ("", ""))
    return {
        "billId": str(row["bill"]),
        "instType": "SPOT" if instrument else "",
        "instId": instrument.name if instrument else "",
        "ccy": asset.name,
        "mgnMode": "",
        "type": kind,
        "subType": sub_kind,
        "balChg": asset.format(row["change"]),
        "bal": asset.format(row["balance"]),
        "posBalChg": "",
        "posBal": "",
        "sz": instrument.format_quantity(row["quantity_lots"]) if instrument else asset.format(abs(row["change"])),
        "px": instrument.format_price(row["price_ticks"]) if instrument else "",
        "fee": asset.format(-row["fee"]),
        "pnl": "0",
        "interest": "0",
        "ordId": str(row["order_id"]) if row["order_id"] else "",
        "clOrdId": row["client_id"] or "",
        "tag": row["tag"] or "",
        "tradeId": str(row["trade"]) if row["trade"] else "",
        "execType": {"taker": "T", "maker": "M"}.get(row["role"], ""),
        "from": payer,
        "to": payee,
        "notes": "",
        "fillTime": milliseconds(row["time_ns"]) if instrument else "",
        "fillIdxPx": "",
        "ts": milliseconds(row["time_ns"]),
    }


def bill_kinds(kind: str, sub_kind: str) -> tuple[str, ...]:
    """Our kinds of bills that OKX's `type` and `subType` choose; () for all."""
    if not kind and not sub_kind:
        return ()
    matching = [
        name
        for name, (one, two) in _BILL_TYPES.items()
        if (not kind or one == kind) and (not sub_kind or two == sub_kind)
    ]
    return tuple(matching) or ("none",)


# OKX's numbers for changes of a funding account. A transfer of the host's own has none, nor has a split.
_FUNDING_BILL_TYPES = {
    "deposit": "1",
    "withdrawal": "2",
    "to_sub": "20",
    "from_sub": "21",
    "to_master": "22",
    "from_master": "23",
    "from_trading": "130",
    "to_trading": "131",
}


def funding_bill_kinds(kind: str) -> tuple[str, ...]:
    """Our kinds of bills that OKX's `type` chooses; () for all."""
    if not kind:
        return ()
    return tuple(name for name, one in _FUNDING_BILL_TYPES.items() if one == kind) or ("none",)


def funding_bill_object(row: Body, venue: Venue) -> Body:
    asset = venue.assets[row["asset"]]
    return {
        "billId": str(row["bill"]),
        "clientId": row["client_id"] or "",
        "ccy": asset.name,
        "balChg": asset.format(row["change"]),
        "bal": asset.format(row["balance"]),
        "type": _FUNDING_BILL_TYPES.get(row["kind"], ""),
        "notes": "",
        "ts": milliseconds(row["time_ns"]),
    }


def transfer_bill_object(row: Body, venue: Venue, sent: bool, name: str) -> Body:
    """A master's transfer to (sent) or from a sub-account of a name."""
    asset = venue.assets[row["asset"]]
    return {
        "billId": str(row["sequence"]),
        "ccy": asset.name,
        "amt": asset.format(row["amount"]),
        "type": "0" if sent else "1",
        "subAcct": name,
        "ts": milliseconds(row["time_ns"]),
    }
