"""Core ML packages as files: names of features, a reader, an evaluator that needs none of Apple's software."""
