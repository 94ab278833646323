"""A larger language model of the lab's own choice, which may write the answers."""
