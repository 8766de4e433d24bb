"""Quantization: few whole numbers in place of many fractions, after and during training."""
