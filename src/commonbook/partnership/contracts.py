"""The partner's contract: which tables keep it. Rules PA-18 to PA-20."""

from commonbook.admission.contracts import Contracts
from commonbook.storage.tables.partnership import contract_texts
from commonbook.storage.tables.partnership import contracts as terms

CONTRACTS = Contracts(contract_texts, terms, "partner")
