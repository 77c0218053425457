"""Platforms: one file each with its ABIs, operating-system range and store limits."""
