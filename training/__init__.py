"""Fine-tuning and evaluating the bridge; knows the model, never the database or the page."""
