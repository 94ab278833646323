"""CLOVER Chat: talk with a small vision-language model about histology."""

__version__ = "0.1.0"
