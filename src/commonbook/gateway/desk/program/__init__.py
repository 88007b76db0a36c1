"""What anybody may know, of a brand and of the programs, and what applicants do."""

from commonbook.gateway.desk.program import (
    announcements,
    applications,
    brand,
    broker_files,
    help,
    hours,
    page,
    questions,
    status,
    terms,
    trading,
)

ROUTES = [
    *brand.ROUTES,
    *status.ROUTES,
    *trading.ROUTES,
    *help.ROUTES,
    *terms.ROUTES,
    *announcements.ROUTES,
    *hours.ROUTES,
    *applications.ROUTES,
    *questions.ROUTES,
    *broker_files.ROUTES,
]
PAGES = [*page.ROUTES]
