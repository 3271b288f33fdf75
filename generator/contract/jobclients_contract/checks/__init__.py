"""The checks, one module for each family of rules; each has a function ``checks`` from a contract to its checks."""
