"""The plan: the int8 network in the form that the native library runs (native/README.md), from graph to bytes."""
