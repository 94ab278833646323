"""Stage 3: a bridge learns from what people think of its answers, as far as they let it."""
