"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration
from commonbook.gateway.desk.partner import announcements, fees, listings, terms

ROUTES = [*administration.ROUTES, *terms.ROUTES, *fees.ROUTES, *announcements.ROUTES, *listings.ROUTES]
