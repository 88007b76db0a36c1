"""The reference of the OKX v5 door, made from its code: documents for machines, pages for people.

openapi, asyncapi    the REST side and the WebSocket side as documents
compatibility        route by route and channel by channel: as OKX's, different, or not to be had, and why
changes              what has changed from version to version, and the surface that this is told of
pages                the same as HTML, without a script or a file from elsewhere
app                  serves all of them, under the name of the brand that was asked
"""
