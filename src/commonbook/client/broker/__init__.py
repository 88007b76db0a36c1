"""A broker's own programs: its desk over REST, its live channel, and checking what it is sent, all without trust.

desk        `BrokerDesk`: history, statements, tiers, sub-brokers, webhooks, each as typed objects
live        `listen`: what it earns and the life of its orders, over broken connections as well
checking    statements, proofs and webhooks, from files and bytes alone
told        the objects that the desk answers

Amounts, prices and points are decimal texts, exact: `Decimal(line.commission)`. How it is used:
docs/guides/broker-client.md.
"""

from commonbook.client.broker.checking import (
    SIGNATURE_HEADER,
    Checked,
    check_proof,
    check_statement,
    make_proof,
    webhook_event,
)
from commonbook.client.broker.desk import BrokerDesk, DeskRefused
from commonbook.client.broker.live import Accrued, Alerted, Lived, LiveRefused, listen
from commonbook.client.broker.signing import Key

__all__ = [
    "SIGNATURE_HEADER",
    "Accrued",
    "Alerted",
    "BrokerDesk",
    "Checked",
    "DeskRefused",
    "Key",
    "LiveRefused",
    "Lived",
    "check_proof",
    "check_statement",
    "listen",
    "make_proof",
    "webhook_event",
]
