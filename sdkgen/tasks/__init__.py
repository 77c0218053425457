"""Tasks: one file each with everything that Python needs of it, from its table in sdk.toml to its proofs."""
