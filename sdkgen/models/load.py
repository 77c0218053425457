"""Makes the user's PyTorch module from a spec: calls its source, runs one forward pass, traces one program."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from sdkgen.models.factory import call_factory
from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.models.trace import example_inputs, run_example, trace
from sdkgen.models.weights import load_weights, refuse_unusable
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.assets import asset_path


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """The float network, ready to be compressed.

    Attributes:
        module: in eval mode, float32, on the CPU, without gradients.
        program: the same, exported with static shapes.
        example_inputs: one float32 tensor per input of the spec, with its shape; the same in every run.
    """

    module: nn.Module
    program: torch.export.ExportedProgram
    example_inputs: tuple[torch.Tensor, ...]


def load(spec: SdkSpec, trained: Path | None = None) -> LoadedModel:
    """Make the network from its source, load trained weights, and compare it with inputs and task of the spec.

    With a table [training] in the spec, initial weights are drawn from the spec's seed.

    Args:
        trained: safetensors of the train step, for a network that comes without weights.

    Raises:
        ModelError: the source cannot make it, weights are not finite or do not fit, the outputs for an example are not
            those of the task, or torch.export cannot trace it with static shapes.
    """
    if spec.training is not None:
        torch.manual_seed(spec.training.seed)
    module = spec.model.make(spec)
    if trained is not None and not spec.model.has_weights:
        load_weights(module, trained, None)
    refuse_unusable(module)
    module = module.to(device="cpu", dtype=torch.float32).eval()
    inputs = example_inputs(spec)
    run_example(spec, module, inputs)
    module.requires_grad_(False)  # lazy modules have parameters only now
    return LoadedModel(module=module, program=trace(spec, module, inputs), example_inputs=inputs)


def load_teacher(spec: SdkSpec, trained: Path | None = None) -> LoadedModel:
    """Make the teacher of [training.teacher], untrained or with the weights of the train step.

    Raises:
        ModelError: as `load`.
    """
    assert spec.training is not None and spec.training.teacher is not None
    teacher = spec.training.teacher
    model = TorchFactory(factory=teacher.factory, arguments=teacher.arguments, weights=None, weights_sha256=None)
    return load(replace(spec, model=model), trained)


def load_data(spec: SdkSpec) -> object:
    """Call the data factory of [training]; its result is not checked. "asset:NAME" in its arguments becomes a path.

    Raises:
        ModelError: the module or function is missing or raises.
        ToolchainError: an asset is not in the cache.
    """
    assert spec.training is not None
    arguments = {
        name: str(asset_path(value.removeprefix("asset:")))
        if isinstance(value, str) and value.startswith("asset:")
        else value
        for name, value in spec.training.arguments.items()
    }
    return call_factory(spec, spec.training.data, arguments)
