"""What anybody may know, without signing in; and what applicants to the partnership do."""

from commonbook.gateway.desk.program import announcements, applications, brand, page, terms

ROUTES = [*brand.ROUTES, *terms.ROUTES, *announcements.ROUTES, *applications.ROUTES]
PAGES = [*page.ROUTES]
