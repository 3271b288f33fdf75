"""The client under test, and the vendor that a check plays to it: what is answered, and over what."""
