"""The prove stage: runs the built artifacts and compares them with PyTorch, the C API and other CPUs; one file per claim."""
