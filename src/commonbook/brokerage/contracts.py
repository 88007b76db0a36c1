"""The broker's contract: which tables keep it. Rules BE-9 and BE-10."""

from commonbook.admission.contracts import Contracts
from commonbook.storage.tables.brokerage import contract_texts
from commonbook.storage.tables.brokerage import contracts as terms

CONTRACTS = Contracts(contract_texts, terms, "broker")
