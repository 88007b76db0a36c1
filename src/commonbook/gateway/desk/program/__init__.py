"""What anybody may know of the programs, and what applicants do."""

from commonbook.gateway.desk.program import applications, page

ROUTES = [*applications.ROUTES]
PAGES = [*page.ROUTES]
