"""Brands: exchanges in their own name on the shared book, as data.

A brand is a document (`model`), of which every version is kept (`store`); what may stand in it is said in `rules`,
`colours`, `logo` and `domains`. `service` creates brands and changes them. `hosts` is what a gateway asks of each
request: which brand this address is, and what that brand looks like. `proof` finds out who controls a domain,
`certificates` and `acme` are how it speaks TLS, `upkeep` is what comes round daily. Rules: docs/rules/brand.md.
"""
