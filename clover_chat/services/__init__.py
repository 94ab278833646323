"""What a person can do: add a patch, ask about it, try again, come back to it later."""
