"""The search under a budget: compresses one network with many configurations and compares them."""
