"""The web app at a brand's address and at the host's: the built files of `web/`, their texts and the brand's look.

The app asks nothing but public APIs. Rules WB-1 to WB-6 of docs/rules/web.md.
"""
