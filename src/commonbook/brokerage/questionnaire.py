"""What an applicant tells beside its systems, by the names under which it is told. Rule BE-4."""

FIELDS = ("company", "registration", "address", "contact", "email", "website", "description", "plan")
LONGEST = {"company": 200, "registration": 200, "address": 500, "contact": 200, "email": 254, "website": 200}
SECURITY = (  # the questionnaire; every one is answered
    "key_storage",
    "encryption",
    "access_control",
    "vulnerabilities",
    "incidents",
    "logging",
    "monitoring",
    "continuity",
    "subcontractors",
    "data_location",
)
ASKED = (*FIELDS, *SECURITY)
PAPER_KINDS = ("application/pdf", "image/png", "image/jpeg")
