"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.partner import exports, imports, liquidity, webhooks

ROUTES = [*administration.ROUTES, *users.ROUTES, *webhooks.ROUTES, *liquidity.ROUTES, *exports.ROUTES, *imports.ROUTES]
