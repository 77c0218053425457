"""Model sources: one file each with its keys of [model] and how the network is made; see `spec.values.ModelSource`."""
