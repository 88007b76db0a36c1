"""What the host's people do."""

from commonbook.gateway.desk import administration
from commonbook.gateway.desk.host import partnership

ROUTES = [*administration.ROUTES, *partnership.ROUTES]
