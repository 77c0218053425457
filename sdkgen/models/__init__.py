"""Makes the user's PyTorch module from a spec: factory, weights, one forward pass, one traced program."""

from dataclasses import dataclass

import torch
from torch import nn

from sdkgen.models.factory import make_module
from sdkgen.models.trace import example_inputs, run_example, trace_program
from sdkgen.models.weights import load_weights, refuse_non_finite
from sdkgen.types import SdkSpec


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """The float network, ready to be compressed.

    Attributes:
        module: in eval mode, float32, on the CPU, without gradients.
        program: the same as an exported program with static shapes.
        example_inputs: one float32 tensor per input of the spec, with its shape; the same in every run.
        parameters: how many numbers the module learned.
    """

    module: nn.Module
    program: torch.export.ExportedProgram
    example_inputs: tuple[torch.Tensor, ...]
    parameters: int


def load(spec: SdkSpec) -> LoadedModel:
    """Call the factory, load the weights, and check that the network keeps what the spec says.

    Raises:
        ModelError: the factory, its module, the weights or what the network gives for an example cannot be used.
    """
    module = make_module(spec)
    if spec.model.weights is not None:
        load_weights(module, spec.model.weights, spec.model.weights_sha256)
    refuse_non_finite(module)
    module = module.to(device="cpu", dtype=torch.float32).eval().requires_grad_(False)
    inputs = example_inputs(spec)
    run_example(spec, module, inputs)
    return LoadedModel(
        module=module,
        program=trace_program(spec, module, inputs),
        example_inputs=inputs,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
    )
