"""Generation-based instructions: a language model turns captions into questions and answers."""
