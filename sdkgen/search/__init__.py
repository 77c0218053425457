"""The search under a budget: many compressions of one network, side by side, and what each gives and costs."""
