"""Checks a vendor's real API against its document: calls it, records, replays, and reports drift.

``python -m jobclients_contract live VENDOR`` calls the real vendor, read-only operations only unless others are named;
``replay`` does the same with a recording and no network. Nothing here imports the generator.
"""
