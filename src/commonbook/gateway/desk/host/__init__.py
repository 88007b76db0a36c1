"""What the host's people do."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.host import fees, listings, terms
from commonbook.gateway.desk.partner import announcements

ROUTES = [
    *administration.ROUTES,
    *users.ROUTES,
    *terms.ROUTES,
    *fees.ROUTES,
    *announcements.ROUTES,
    *listings.ROUTES,
]
