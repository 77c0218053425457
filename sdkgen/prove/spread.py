"""Chooses the few views that the slow proofs use."""

from collections.abc import Sequence

from sdkgen.samples import Sample


def spread(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Choose at most `count` samples, of as many different files as possible, evenly spread and in order."""
    files: dict[str, list[Sample]] = {}
    for sample in samples:
        files.setdefault(sample.name.partition("#")[0], []).append(sample)
    depth = max(len(views) for views in files.values())
    by_turns = [views[turn] for turn in range(depth) for views in files.values() if turn < len(views)]
    whole_files = by_turns[: len(files)]
    if len(whole_files) <= count:
        return by_turns[:count]
    return [whole_files[index * len(whole_files) // count] for index in range(count)]
