"""Feature hints: a loss between an activation of the trained network and one of the teacher's (FitNets)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.fx import GraphModule, Node
from torch.nn import functional

from sdkgen.compress.training.loss import Distillation
from sdkgen.compress.training.memory_format import run_unchanged
from sdkgen.errors import SpecError

TAP = "hint_tap"
"""Name of the module that records an activation of an exported graph, which has no modules of the user's."""


class Hint(nn.Module):
    """Hint loss between one module of the network and one of the teacher, whose outputs it records as they run.

    Romero et al., "FitNets", arXiv:1412.6550, section 2.2: where the numbers of channels differ, a learned 1×1
    projection maps the network's to the teacher's. Where the extents differ, the larger activation is averaged
    down to the smaller one's.

    Args:
        widths: channels of the two outputs; the projection is made from them, by torch's random numbers.
    """

    def __init__(self, widths: tuple[int, int]) -> None:
        super().__init__()
        student, teacher = widths
        self.projection = nn.Linear(student, teacher, bias=False) if student != teacher else nn.Identity()
        self.seen: dict[str, torch.Tensor] = {}

    def forward(self) -> torch.Tensor:
        """Mean squared difference of the last two outputs, in units of the teacher's mean square."""
        student, teacher = _of_one_extent(self.seen.pop("student"), self.seen.pop("teacher").detach())
        # The projection works on the last axis; a Linear serves features and pictures alike.
        projected = self.projection(student.movedim(1, -1)).movedim(-1, 1)
        scale = teacher.square().mean().clamp(min=1e-12)
        return functional.mse_loss(projected, teacher) / scale


@contextmanager
def watching(
    module: nn.Module, teacher: nn.Module, distillation: Distillation, example: torch.Tensor
) -> Iterator[Hint | None]:
    """Yield a Hint over both networks, or None when `distillation` has no hint; hooks are removed afterwards.

    Args:
        module: the trained network, also as an exported graph.
        example: a batch of inputs, run once to find the shapes.

    Raises:
        SpecError: a path leads nowhere, or to a module that gives no tensor (n, channels, …).
    """
    if distillation.hint is None:
        yield None
        return
    student_path, teacher_path = distillation.hint
    remove_tap = _add_tap(module, student_path) if isinstance(module, GraphModule) else None
    seen: dict[str, torch.Tensor] = {}
    handles = [
        _find(module, TAP if remove_tap else student_path, "network").register_forward_hook(_keep(seen, "student")),
        _find(teacher, teacher_path, "teacher").register_forward_hook(_keep(seen, "teacher")),
    ]
    try:
        run_unchanged(module, example)
        run_unchanged(teacher, example)
        for key, path in (("student", student_path), ("teacher", teacher_path)):
            if key not in seen or seen[key].dim() not in (2, 4):
                raise SpecError(
                    f"[training.teacher] hint: {path!r} gives no tensor (n, channels) or (n, channels, height, width)",
                    remedy="Name a module that forward() calls and that returns one tensor.",
                )
        hint = Hint((seen["student"].shape[1], seen["teacher"].shape[1]))
        hint.seen = seen
        yield hint
    finally:
        for handle in handles:
            handle.remove()
        if remove_tap:
            remove_tap()


def _keep(seen: dict[str, torch.Tensor], key: str) -> Any:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor):
            seen[key] = output

    return hook


def _find(module: nn.Module, path: str, whose: str) -> nn.Module:
    names: dict[str, nn.Module] = dict(module.named_modules())
    if path not in names or not path:
        listed = [name for name in names if name][:20]
        raise SpecError(
            f"[training.teacher] hint: the {whose} has no module {path!r}",
            remedy=f"It has: {', '.join(listed)}." if listed else "It has no modules inside.",
        )
    return names[path]


def _add_tap(graph_module: GraphModule, path: str) -> Any:
    """Route the last result of the user's module `path` through a module; returns a function that undoes it."""
    inside = [
        node
        for node in graph_module.graph.nodes
        if node.op == "call_function" and isinstance(node.meta.get("val"), torch.Tensor) and _within(node, path)
    ]
    if not inside:
        raise SpecError(f"[training.teacher] hint: the network has no module {path!r}")
    last = inside[-1]
    graph_module.add_module(TAP, nn.Identity())
    with graph_module.graph.inserting_after(last):
        tap = graph_module.graph.call_module(TAP, ())
    last.replace_all_uses_with(tap)
    tap.args = (last,)
    graph_module.recompile()

    def remove() -> None:
        tap.replace_all_uses_with(last)
        graph_module.graph.erase_node(tap)
        delattr(graph_module, TAP)
        graph_module.recompile()

    return remove


def _within(node: Node, path: str) -> bool:
    stack = node.meta.get("nn_module_stack") or {}
    return any(name == path or name.startswith(f"{path}.") for name, _ in stack.values())


def _of_one_extent(student: torch.Tensor, teacher: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Average both to the smaller height and width; where one is a vector, the picture becomes its mean."""
    if student.dim() == 2 and teacher.dim() == 2:
        return student, teacher
    if student.dim() == 2 or teacher.dim() == 2:
        return (_mean(student), _mean(teacher))
    size = (min(student.shape[2], teacher.shape[2]), min(student.shape[3], teacher.shape[3]))
    return _averaged(student, size), _averaged(teacher, size)


def _averaged(tensor: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return tensor if tensor.shape[2:] == size else functional.adaptive_avg_pool2d(tensor, size)


def _mean(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.mean((2, 3)) if tensor.dim() == 4 else tensor
