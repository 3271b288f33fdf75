"""A vendor's contract held against the vendor itself: live, recorded, replayed, and what has drifted.

``python -m jobclients_contract live VENDOR`` calls the real vendor, read-only operations only unless others are named;
``replay`` does the same with a recording and no network. Nothing here imports the generator.
"""
