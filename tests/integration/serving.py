"""Start and end a real `commonbook serve --demo` for a test."""

from commonbook.qa.serving import Server

__all__ = ["Server"]
