"""What the host's people do."""

from commonbook.gateway.desk import administration
from commonbook.gateway.desk.host import clearing

ROUTES = [*administration.ROUTES, *clearing.ROUTES]
