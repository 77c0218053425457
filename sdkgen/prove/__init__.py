"""The prove stage compares the built artifacts with PyTorch, the C API and other CPUs; one file per claim."""
