"""Core ML packages as files: names of features, reading them back, executing them without Apple's software."""
