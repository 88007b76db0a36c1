"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.partner import brand

ROUTES = [*administration.ROUTES, *users.ROUTES, *brand.ROUTES]
