"""Tasks: one file each with all of the task's Python, from its table in sdk.toml to its proofs."""
