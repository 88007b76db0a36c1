"""OAuth 2.0 for brokers' clients: what a client is, what users grant to it, and the tokens that come of it.

Rules O-1 to O-17 of docs/rules/oauth.md. `rules` decides; `clients`, `grants`, `held` and `fast_keys` keep; `server`
and its `flows` join them with Authlib, which knows the protocol. Access tokens are read by `identity.tokens`, so that
orders need none of this.
"""
