"""The broker program: orders brought under a code, and the commission paid for them every hour."""
