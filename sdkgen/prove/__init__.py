"""The prove stage: run what was built and hold it against PyTorch, the C API and other CPUs; one file per claim."""
