"""Reads normalised documents, independently of the clients' code; the generator writes test cases with it."""
