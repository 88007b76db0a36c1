"""What the host's people do."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.host import brands, clearing, fees, listings, partnership, splits, terms
from commonbook.gateway.desk.partner import announcements

ROUTES = [
    *administration.ROUTES,
    *users.ROUTES,
    *brands.ROUTES,
    *terms.ROUTES,
    *fees.ROUTES,
    *announcements.ROUTES,
    *listings.ROUTES,
    *splits.ROUTES,
    *partnership.ROUTES,
    *clearing.ROUTES,
]
