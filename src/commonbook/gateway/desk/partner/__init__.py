"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration
from commonbook.gateway.desk.partner import liquidity, webhooks

ROUTES = [*administration.ROUTES, *webhooks.ROUTES, *liquidity.ROUTES]
