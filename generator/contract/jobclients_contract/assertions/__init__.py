"""Assertions of test cases: request bodies, signatures, typed values and examples."""
