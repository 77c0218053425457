"""Makes the user's PyTorch module from a spec. Sources of networks are plug-ins in `sdkgen.models.sources`."""
