"""What SConstruct is made of: variables, compiler flags, actions, the inputs of each step. Imports no torch."""
