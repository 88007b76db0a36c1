"""What the host's people do."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.host import (
    brands,
    broker_terms,
    brokerage,
    brokers,
    clearing,
    control,
    corrections,
    fees,
    health,
    listings,
    oauth,
    partnership,
    settlements,
    splits,
    terms,
    trades,
)
from commonbook.gateway.desk.partner import announcements

ROUTES = [
    *administration.ROUTES,
    *users.ROUTES,
    *brands.ROUTES,
    *brokers.ROUTES,
    *terms.ROUTES,
    *fees.ROUTES,
    *announcements.ROUTES,
    *listings.ROUTES,
    *splits.ROUTES,
    *partnership.ROUTES,
    *brokerage.ROUTES,
    *clearing.ROUTES,
    *broker_terms.ROUTES,
    *corrections.ROUTES,
    *trades.ROUTES,
    *oauth.ROUTES,
    *control.ROUTES,
    *health.ROUTES,
    *settlements.ROUTES,
]
