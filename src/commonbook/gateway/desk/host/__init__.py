"""What the host's people do."""

from commonbook.gateway.desk import administration
from commonbook.gateway.desk.host import fees, terms

ROUTES = [*administration.ROUTES, *terms.ROUTES, *fees.ROUTES]
