"""The room for captured graphs: torch.fx graphs and exported programs, read and edited in one way."""
