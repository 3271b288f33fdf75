"""Runs clients against a scripted server, with test certificates, or with responses from memory."""
