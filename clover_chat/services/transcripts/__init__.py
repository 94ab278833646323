"""Conversations as files: written to read, to pass on, and to take in again."""
