"""Tensors, prompts and checkpoints: a frozen encoder, a trained bridge, a frozen language model."""
