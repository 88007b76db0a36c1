"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.partner import (
    affiliates,
    announcements,
    brand,
    clearing,
    desk,
    exports,
    fees,
    imports,
    liquidity,
    listings,
    oidc,
    partnership,
    terms,
    webhooks,
)

ROUTES = [
    *administration.ROUTES,
    *users.ROUTES,
    *brand.ROUTES,
    *desk.ROUTES,
    *terms.ROUTES,
    *fees.ROUTES,
    *affiliates.ROUTES,
    *announcements.ROUTES,
    *listings.ROUTES,
    *partnership.ROUTES,
    *clearing.ROUTES,
    *webhooks.ROUTES,
    *liquidity.ROUTES,
    *exports.ROUTES,
    *imports.ROUTES,
    *oidc.ROUTES,
]
