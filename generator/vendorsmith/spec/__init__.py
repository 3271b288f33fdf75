"""Reads specs with their positions, and checks everything that can be wrong with them."""
