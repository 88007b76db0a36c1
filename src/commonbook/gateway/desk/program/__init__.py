"""What anybody may know, of a brand and of the programs, and what applicants do."""

from commonbook.gateway.desk.program import announcements, applications, brand, page, terms

ROUTES = [*brand.ROUTES, *terms.ROUTES, *announcements.ROUTES, *applications.ROUTES]
PAGES = [*page.ROUTES]
