"""Engines compute the network in an app. Each is a folder; its `__init__` registers it, see `targets.engine`."""
