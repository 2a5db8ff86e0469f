"""Tensors: the device that they are on, and tokens drawn from them. PyTorch loads when a function needs it."""
