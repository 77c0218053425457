"""The plan: the int8 network as the native library runs it (native/README.md), from a captured graph to its bytes."""
