"""Brands: exchanges in their own name on the shared book."""
