"""Readers for published sets of pictures with captions, questions or conversations."""
