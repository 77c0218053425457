"""Parts of SConstruct: variables, compiler flags, actions, the inputs of each step. Imports no torch."""
