"""Captured graphs: shared functions that read and edit torch.fx graphs and exported programs."""
