"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.partner import announcements, brand, fees, listings, partnership, terms

ROUTES = [
    *administration.ROUTES,
    *users.ROUTES,
    *brand.ROUTES,
    *terms.ROUTES,
    *fees.ROUTES,
    *announcements.ROUTES,
    *listings.ROUTES,
    *partnership.ROUTES,
]
