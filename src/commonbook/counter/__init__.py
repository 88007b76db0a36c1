"""The counter's memory: what each account sees of its orders, fills and balance changes.

The counter's checks and holds are in the Rust engine; here its events become history that can be asked for.
"""
